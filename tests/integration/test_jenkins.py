"""The jobs in docs/jenkins.md, whose steps are run like in Jenkins: with /bin/sh -e, one after the other."""

import json
import os
import pathlib
import re
import subprocess
import sys

import junitparser
import pytest
from lxml import etree

from ..functional.guests import guests

#: What reads JUnit files takes: Jenkins, and whatever follows it.
JUNIT = etree.RelaxNG(
    etree.fromstring("""
<element name="testsuites" xmlns="http://relaxng.org/ns/structure/1.0"
         datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <attribute name="name"/>
  <zeroOrMore><element name="testsuite">
    <attribute name="name"/>
    <attribute name="tests"><data type="nonNegativeInteger"/></attribute>
    <attribute name="errors"><data type="nonNegativeInteger"/></attribute>
    <attribute name="failures"><data type="nonNegativeInteger"/></attribute>
    <attribute name="skipped"><data type="nonNegativeInteger"/></attribute>
    <attribute name="time"><data type="decimal"/></attribute>
    <zeroOrMore><element name="testcase">
      <attribute name="name"/>
      <attribute name="classname"/>
      <attribute name="time"><data type="decimal"/></attribute>
      <optional><choice>
        <element name="failure"><attribute name="message"/></element>
        <element name="skipped"><attribute name="message"/></element>
      </choice></optional>
      <optional><element name="system-out"><text/></element></optional>
    </element></zeroOrMore>
  </element></zeroOrMore>
</element>""")
)


@pytest.fixture
def job(repository, salt_master, runner, tmp_path):
    """Run the steps of the job of that number: the exit status of the last one that ran, and what it ran."""
    text = (repository / "docs" / "jenkins.md").read_text(encoding="utf-8")
    jobs = re.findall(r"^```groovy\n(.*?)^```", text, re.MULTILINE | re.DOTALL)

    def run(number):
        given = dict(re.findall(r"string\(name: '(\w+)', defaultValue: '(\w+)'", jobs[number]))
        environment = {
            **os.environ,
            **given,
            "WORKSPACE": str(tmp_path),
            "SALT_CONFIG_DIR": salt_master.config_dir,
            "PATH": f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        steps, code = re.findall(r"\bsh '(.*?)'", jobs[number]), 0
        for step in steps:
            code = subprocess.run(["/bin/sh", "-e", "-c", step], cwd=tmp_path, env=environment, check=False).returncode
            if code:
                break
        return code

    return run


@pytest.fixture(scope="module")
def alice(runner, salt_call_cli):
    done = salt_call_cli.run("state.single", "opennebula.infrastructure", "alice")
    assert done.returncode == 0, done


def report(path):
    """{(class, name): passed, failed or skipped} of a JUnit file."""
    JUNIT.assertValid(etree.parse(path))
    cases = [case for suite in junitparser.JUnitXml.fromfile(str(path)) for case in suite]
    words = {junitparser.Failure: "failed", junitparser.Skipped: "skipped"}
    return {(case.classname, case.name): words[type(case.result[0])] if case.result else "passed" for case in cases}


def test_a_lab_is_rebuilt(alice, job, tmp_path):
    assert job(0) == 0
    assert json.loads((tmp_path / "rebuild.json").read_text())["totals"]["created"] == 2
    assert report(tmp_path / "rebuild.xml") == {
        ("alice.school", "database"): "passed",
        ("alice.school", "web"): "passed",
    }


def test_a_lab_that_cannot_be_rebuilt_fails_the_job(alice, job, witness, tmp_path):
    witness._server.onesim.fault_add('vm.cancel times=1 fail="no answer"')
    assert job(0) == 1
    told = json.loads((tmp_path / "rebuild.json").read_text())
    assert told["vms"]["alice/database"]["outcome"] == "failed"
    assert "no answer" in told["error"]
    assert report(tmp_path / "rebuild.xml") == {
        ("alice.school", "database"): "failed",
        ("alice.school", "web"): "skipped",
    }


def test_the_night(alice, job, embedded, tmp_path):
    guest = {"server-Tests-build": "failed"}
    with guests(embedded, lambda name: guest.get(name, "poweroff") if name.startswith("server-") else None):
        assert job(1) == 1
    assert report(tmp_path / "images.xml") == {
        ("nightly.server", "Daily"): "passed",
        ("nightly.server", "Instance"): "passed",
        ("nightly.server", "Tests"): "failed",
    }
    assert json.loads((tmp_path / "images.json").read_text())["stages"]["server-Tests"]["state"] == "failed"
    assert not (tmp_path / "labs.json").exists()
    with guests(embedded, lambda name: "poweroff" if name.startswith("server-") else None):
        assert job(1) == 0
    assert set(report(tmp_path / "images.xml").values()) == {"passed"}
    assert set(report(tmp_path / "labs.xml").values()) == {"passed"}
