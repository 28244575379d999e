"""Our request parser beside Node's. What we accept and Node refuses may be a way to smuggle a request past a proxy
that is stricter than we are, and fails but for the differences explained in LOOSER. What we refuse and Node accepts
is as it should be; each kind is explained in STRICTER. What both accept must mean the same to both."""

import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from heads import HAND_MADE, mutations  # noqa: E402 pylint: disable=wrong-import-position

MUTATIONS = 500
SEED = 9112

# (explanation, which heads it covers: a function of ours' verdict, the head, and Node's reason)
LOOSER = [
    ("A method that Node does not know: any token is one (RFC 9110 9.1); the server answers 501.",
     lambda ours, head, reason: reason == "HPE_INVALID_METHOD"),
    ("HTTP/1.2 to 1.9 are read as 1.1 (RFC 9110 2.5); Node knows only 1.0 and 1.1.",
     lambda ours, head, reason: reason == "HPE_INVALID_VERSION"
     and any(b" HTTP/1.%d\r\n" % minor in head for minor in range(2, 10))),
    ("Any scheme of RFC 3986's grammar makes an absolute target, Node takes letters only; all but http and https are "
     "refused when the path is read.",
     lambda ours, head, reason: reason == "HPE_INVALID_URL" and "://" in ours["target"]
     and not ours["target"].split("://")[0].isalpha()),
]

# By our reason's first words.
STRICTER = {
    "The request does not start with a method": "Node skips a bare LF, and more, before the request line.",
    "The request target is not one word": "Node lets bytes beyond ASCII and fragments through.",
    "The request target has not the form": "Node asks for the form only of CONNECT's target and of a scheme's letters.",
    "There are too many empty lines": "Node skips any number of them.",
    "A carriage return stands alone": "Node skips one before the request line.",
    "The Host field is missing": "Node does not ask for it where the method is CONNECT.",
    "There is more than one Host": "Node takes the first of two.",
    "The Host field is not a host": "Node does not look at it.",
    "The only transfer coding known": "Node's server decodes none of them either, but leaves that to its user.",
    "There is more than one Transfer-Encoding": "Node joins the two to one list.",
    "Transfer-Encoding is empty": "Node takes it for no coding at all.",
    "HTTP/1.0 has no Transfer-Encoding": "Node applies it; a proxy of that age passes it on unread.",
    "Content-Length is not": "Node of before 20 trims what stands around the number.",
    "The only expectation known": "Node leaves it to its user.",
    "Only HTTP/1.0 and HTTP/1.1": "Node accepts the numbers 0.9 and 2.0 in a request line.",
    "The request line does not end in": "Node skips spaces behind the target, and knows RTSP's and ICE's versions.",
    "The request line is longer": "Node counts the line with the head, against 16 KiB.",
    "The request head is longer": "Node counts neither the line's parts nor the line ends.",
    "There are more than 64 field lines": "Node accepts 2,000 and leaves out what is beyond.",
    "The method's name is longer": "Node knows a list of methods, none of them as long.",
    "A field line holds a control character": "Node of before 20 lets a bare LF end a line.",
    "A field's name is not a token": "Node of before 20 takes spaces in it, or nothing, for a name, and a bare LF for the end.",
    "A field line starts with white space": "Node of before 20 unfolds it.",
}


def verdicts(command, heads):
    data = b"".join(struct.pack("<I", len(head)) + head for head in heads)
    result = subprocess.run(command, input=data, stdout=subprocess.PIPE, timeout=120, check=True)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) == len(heads)
    return lines


@pytest.fixture(scope="module", name="parse")
def parse_fixture(build_dir):
    program = build_dir / "tests" / "http" / "parse_request"
    return lambda heads: verdicts([program], heads)


@pytest.fixture(scope="module", name="node")
def node_fixture():
    program = shutil.which("node") or shutil.which("nodejs")
    if not program:
        pytest.skip("NODE IS MISSING (Debian: nodejs): OUR PARSER WAS COMPARED WITH NOTHING")
    script = Path(__file__).parent / "node_verdicts.js"
    return lambda heads: verdicts([program, str(script)], heads)


def meaning(verdict):
    return verdict["method"], verdict["target"], verdict["fields"]


def complaint(head, ours, theirs):
    """What is wrong with this pair of verdicts, or None."""
    shown = f"{head[:300]!r}\n  ours: {ours}\n  Node's: {theirs}"
    if ours["verdict"] == "accepted" and theirs["verdict"] == "accepted":
        return None if meaning(ours) == meaning(theirs) else f"means two things: {shown}"
    if ours["verdict"] == "accepted":
        covered = any(covers(ours, head, theirs["reason"]) for _, covers in LOOSER)
        return None if covered else f"we accept, Node refuses: {shown}"
    if theirs["verdict"] == "accepted":
        if ours["verdict"] == "incomplete":
            return f"we wait for more, Node does not: {shown}"
        covered = any(ours["reason"].startswith(words) for words in STRICTER)
        return None if covered else f"we refuse, Node accepts, and STRICTER has no word on it: {shown}"
    return None


def test_hand_made_heads_get_their_verdict(parse):
    wrong = []
    for (name, (status, _)), ours in zip(HAND_MADE.items(), parse([head for _, head in HAND_MADE.values()])):
        got = 0 if ours["verdict"] == "accepted" else ours.get("status", "incomplete")
        if got != status:
            wrong.append(f"{name}: {got}, not {status}")
    assert not wrong, "\n".join(wrong)


def compare(heads, parse, node):
    pairs = zip(heads, parse(heads), node(heads))
    found = [text for text in (complaint(*pair) for pair in pairs) if text]
    assert not found, f"{len(found)} of {len(heads)}:\n" + "\n".join(found)


def test_hand_made_heads_mean_the_same_to_node(parse, node):
    compare([head for _, head in HAND_MADE.values()], parse, node)


def test_mutated_heads_mean_the_same_to_node(parse, node):
    compare(mutations(MUTATIONS, SEED), parse, node)


def test_a_difference_would_be_found(parse, node):
    """The comparison itself: a head that Node must refuse, said to be accepted here."""
    head = HAND_MADE["length twice"][1]
    ours, theirs = parse([HAND_MADE["length"][1]])[0], node([head])[0]
    assert "we accept, Node refuses" in complaint(head, ours, theirs)
