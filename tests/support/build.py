"""Which build is tested."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def build_dir():
    return pathlib.Path(os.environ.get("SLUICE_BUILD_DIR", ROOT / "build"))
