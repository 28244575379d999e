"""Where things are."""

from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
RESULTS = SOURCE / "bench" / "results"


class Places:
    """The programs of one build, and the folder the bench may fill."""

    def __init__(self, build, out):
        self.build = Path(build).resolve()
        self.out = Path(out).resolve()
        self.work = self.out / "work"
        self.root = self.work / "root"
        self.root.mkdir(parents=True, exist_ok=True)

    def program(self, name):
        return self.build / "bench" / name

    @property
    def sluice(self):
        return self.build / "sluice"

    def missing_programs(self):
        names = ("bench_client", "bench_make_files", "bench_reference", "bare_epoll", "bare_bulk")
        return [name for name in names if not self.program(name).exists()]
