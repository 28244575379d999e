"""What a program opens when it needs it, beside what it is linked with."""

import json
import re
import subprocess


def linked(program):
    """The SONAMEs that the loader loads before the program runs."""
    said = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", said)


def on_demand(program):
    """{SONAME: what it is for}, as the notes in the program's file say."""
    said = subprocess.run(
        ["readelf", "--string-dump=.note.dlopen", program], capture_output=True, text=True, check=True).stdout
    found = {}
    for line in re.findall(r"\] +(\[\{.*\}\])", said):
        for note in json.loads(line):
            found.update((soname, note["feature"]) for soname in note["soname"])
    return found


def path_of(soname):
    """Where the loader finds it, or None."""
    said = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    found = re.search(rf"^\s*{re.escape(soname)} .*=> (\S+)$", said, re.MULTILINE)
    return found and found[1]
