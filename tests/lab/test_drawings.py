"""The drawings as XML: well-formed, named for screen readers, nothing from elsewhere."""

import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

SVG = "{http://www.w3.org/2000/svg}"
NAMES = {"copy", "sendfile", "mmap", "splice", "direct", "uring", "zerocopy-partly", "newcomer"}


@pytest.fixture(scope="module", name="drawings")
def fixture_drawings(build_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawings")
    subprocess.run([build_dir / "tests/unit/lab_drawing_test", folder], check=True, capture_output=True)
    return {path.stem: ElementTree.parse(path).getroot() for path in folder.glob("*.svg")}


def test_each_is_well_formed(drawings):
    assert NAMES <= set(drawings)
    assert all(root.tag == f"{SVG}svg" for root in drawings.values())


def test_each_says_what_it_shows(drawings):
    for name, root in drawings.items():
        named = {element.get("id"): element.text for element in root if element.get("id")}
        assert root.get("role") == "img"
        texts = [named[key] for key in root.get("aria-labelledby").split()]
        assert name in texts[0] and "System calls: " in texts[1]


def test_references_stay_inside(drawings):
    for root in drawings.values():
        ids = {element.get("id") for element in root.iter()}
        for element in root.iter():
            fill = element.get("fill", "")
            assert not fill.startswith("url(") or fill[5:-1] in ids
            assert not any("href" in key for key in element.attrib)


def test_nothing_leaves_the_picture(drawings):
    for root in drawings.values():
        _, _, width, height = map(int, root.get("viewBox").split())
        for rect in root.iter(f"{SVG}rect"):
            assert 0 <= float(rect.get("x", 0)) <= width - float(rect.get("width"))
            assert 0 <= float(rect.get("y", 0)) <= height - float(rect.get("height"))
