"""The JUnit file that Jenkins reads."""

import sys

import pytest
from lxml import etree

from onecore.basics.errors import ArgumentError, ConfigurationError
from onecore.orchestration.junit import Case, write

pytest.importorskip("junitparser")

CASES = [
    Case("alice.school", "web", 1.5, said="VM web of alice was created (ID 7)."),
    Case("alice.school", "database", 2, failure='no memory left: "64G" < 65G & more\nsecond line'),
    Case("bob.school", "web", skipped="not started, since database of bob failed"),
]


def test_a_case_a_thing(tmp_path):
    path = tmp_path / "reports" / "lab.xml"
    write(str(path), "onelab.rebuild", CASES)
    root = etree.parse(path).getroot()
    assert root.tag == "testsuites"
    (suite,) = root
    numbers = {"tests": "3", "failures": "1", "skipped": "1", "errors": "0", "time": "3.5"}
    assert {key: suite.get(key) for key in numbers} == numbers
    assert suite.get("name") == "onelab.rebuild"
    assert [(case.get("classname"), case.get("name")) for case in suite.iterfind("testcase")] == [
        ("alice.school", "web"),
        ("alice.school", "database"),
        ("bob.school", "web"),
    ]
    assert suite.find("testcase[2]/failure").get("message").startswith('no memory left: "64G" < 65G & more')
    assert suite.find("testcase[3]/skipped") is not None
    assert suite.findtext("testcase[1]/system-out") == "VM web of alice was created (ID 7)."


def test_what_xml_cannot_hold_does_not_spoil_the_report(tmp_path):
    path = tmp_path / "lab.xml"
    write(str(path), "x", [Case("a", "b", failure="broken \x00 \x1b \ud800 é 😀")])
    assert "é 😀" in etree.parse(path).getroot().find("testsuite/testcase/failure").get("message")


def test_an_old_report_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "lab.xml"
    path.write_text("old")
    write(str(path), "x", CASES)
    assert [each.name for each in tmp_path.iterdir()] == ["lab.xml"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError, match=r"junit: .*/file/lab.xml cannot be written"):
        write(str(tmp_path / "file" / "lab.xml"), "x", CASES)


def test_without_the_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "junitparser", None)
    with pytest.raises(ConfigurationError, match="junitparser"):
        write(str(tmp_path / "lab.xml"), "x", CASES)
    assert not list(tmp_path.iterdir())
