"""An existing cloud in Salt's loader: exported, rendered by Salt, compared, audited."""

import importlib.util
import json
import pathlib
import subprocess
import sys

import pytest
from salt.exceptions import CommandExecutionError

from tests.doubles import clouds

pytest_plugins = ["tests.functional.driver"]


@pytest.fixture
def existing(cloud, drive, connection):
    """A driver of a cloud of forty users that somebody built, and no pillar but the connection."""
    clouds.forty(cloud.call)
    return drive({"connection": connection(cloud)}, cloud)


@pytest.fixture
def compiled(session_loaders):
    """Has Salt compile the pillar in a folder; returns its key."""
    import salt.pillar

    def compiled(root):
        (root / "top.sls").write_text("base: {'*': [opennebula]}\n")
        options = {**session_loaders.opts, "pillar_roots": {"base": [str(root)]}, "pillar": {}}
        data = salt.pillar.Pillar(options, {}, "any", "base").compile_pillar()
        assert "_errors" not in data
        return data["opennebula"]

    return compiled


def test_salt_reads_what_is_written_and_takes_it_over(existing, compiled, drive, connection, tmp_path):
    before = existing.writes()
    found = existing.run("opennebula.export", dir=str(tmp_path))
    assert existing.writes() == before
    assert (found["users"], found["blueprints"]) == (40, 3)
    config = {**compiled(tmp_path), "connection": connection(existing.cloud)}
    one = drive(config, existing.cloud)
    assert one.run("opennebula.validate") == []
    planned = one.run("opennebula.drift")
    assert {row["part"] for row in planned["drift"]} == {"managed"}
    assert planned["failures"] == []
    for user in (None, *one.run("opennebula.users")):
        function = "opennebula.infrastructure" if user else "opennebula.shared"
        assert one.state(function, name=user or "shared").result is True
    assert one.writes() > before
    before = one.writes()
    assert one.run("opennebula.drift") == {"drift": [], "failures": [], "objects": 162, "retcode": 0}
    assert one.run("opennebula.orphans") == []
    assert one.writes() == before


def test_files_are_returned_where_no_folder_is_given(existing):
    found = existing.run("opennebula.export", user="staff01,partners0*")
    assert sorted(name for name in found["files"] if "users/" in name) == [
        *(f"opennebula/users/partners0{number}.sls" for number in range(8)),
        "opennebula/users/staff01.sls",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [({"kind": "onevnat"}, "Kind: must be one of onecluster, "), ({"force": "perhaps"}, "Force: must be true or")],
)
def test_export_refuses(existing, given, said):
    assert said in existing.refusal("opennebula.export", **given)


def test_drift_is_told_as_data_table_and_junit(existing, drive, connection, tmp_path):
    config = {
        "connection": connection(existing.cloud),
        "adopt": True,
        "blueprints": {"staff": {"group": "staff", "router_range": False}},
        "users": {"staff01": {"blueprint": "staff", "networks": {"dmz": {"vlan_id": 999, "phydev": "eth1"}}}},
    }
    one = drive(config, existing.cloud)
    found = one.run("opennebula.drift", "staff01", junit=str(tmp_path / "drift.xml"))
    (row,) = [row for row in found["drift"] if row["part"] == "vlan_id"]
    assert (row["object"], row["declared"]) == ("virtual network dmz of staff01", 999)
    assert found["retcode"] == 2
    assert "virtual network dmz of staff01 vlan_id" in (tmp_path / "drift.xml").read_text()
    table = one.run("opennebula.drift", "staff01", format="table")
    assert "vlan_id" in table
    assert table.endswith("2 objects compared, 2 differ.")
    json.dumps(found)


def test_a_network_of_somebody_else_on_our_vlan_is_an_orphan(existing, drive, connection):
    config = {
        "connection": connection(existing.cloud),
        "blueprints": {"b": {"vlans": {"phydev": "eth1"}}},
        "users": {"zoe": {"blueprint": "b", "networks": {"lan": {"vlan_id": 100}}}},
    }
    rows = drive(config, existing.cloud).run("opennebula.orphans")
    assert [(row["what"], row["object"]) for row in rows] == [
        ("missing", "user zoe"),
        ("missing", "virtual network lan of zoe"),
        ("foreign", "virtual network lan of students00"),
    ]


def test_a_pillar_with_faults_is_compared_with_nothing(drive, cloud, connection):
    one = drive({"connection": connection(cloud), "users": {"alice": {}}}, cloud)
    with pytest.raises(CommandExecutionError, match="The pillar has"):
        one.run("opennebula.drift")


def test_audit_is_told_as_data_and_as_a_table(existing):
    found = existing.run("opennebula.audit")
    assert found["retcode"] == 2
    assert {row["check"] for row in found["findings"]} == {"default_vdc", "open_network"}
    assert [row["cure"] for row in found["findings"] if "onevdc delgroup 0 students" in row["cure"]]
    lines = existing.run("opennebula.audit", format="table").splitlines()
    assert lines[0].split() == ["SEVERITY", "CHECK", "OBJECT", "FINDING", "CURE"]
    assert max(map(len, lines)) <= 96


def test_templates_are_linted(existing):
    built = clouds.Builder(existing.cloud.call)
    built.template("dead", "oneadmin", "oneadmin", CPU=1, MEMORY=64, DISK={"IMAGE_ID": 99})
    (row,) = existing.run("onetemplate.lint")
    assert (row["template"], row["finding"]) == ("template dead of oneadmin", "image 99 does not exist")
    assert existing.run("onetemplate.lint", owner="alice") == []
    assert "image 99" in existing.run("onetemplate.lint", name="de*", format="table")


def examined(one):
    found = one.run("opennebula.doctor", format="data")
    return {(row["state"], row["check"]) for row in found["checks"]}, found["retcode"]


def test_doctor_finds_nothing_to_mend(drive, cloud, connection):
    config = {"connection": connection(cloud), "shared": {"groups": {"team": {}}}}
    checks, status = examined(drive(config, cloud))
    assert status == 0
    assert {("ok", "pillar"), ("ok", "connection"), ("ok", "version"), ("ok", "account")} <= checks
    assert "error" not in {state for state, _ in checks}


def test_doctor_tells_what_to_mend(existing, drive, connection):
    config = {
        "connection": connection(existing.cloud),
        "blueprints": {"b": {"vlans": {"phydev": "eth1"}, "gateway": {"template": "gone", "lan": ["lan"]}}},
        "users": {"zoe": {"blueprint": "b", "networks": {"lan": {"vlan_id": 100, "cidr": "10.0.0.0/24"}}}},
        "shared": {"templates": {"web": {"disks": [{"image": "gone", "owner": "oneadmin"}]}}},
    }
    one = drive(config, existing.cloud)
    checks, status = examined(one)
    assert status == 1
    assert {("error", "vlans"), ("error", "templates"), ("error", "images")} <= checks
    found = [row["finding"] for row in one.run("opennebula.doctor", format="data")["checks"]]
    assert any("template gone of oneadmin does not exist" in finding for finding in found)
    assert max(map(len, one.run("opennebula.doctor").splitlines())) <= 96


@pytest.mark.parametrize("missing", [["lxml"], ["pyone", "lxml"]])
def test_doctor_tells_which_packages_are_missing(monkeypatch, drive, missing):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name in missing else find_spec(name, *more)
    )
    software = drive({}).run("opennebula.doctor", format="data")["checks"][0]
    assert (software["state"], software["check"]) == ("error", "software")
    assert software["finding"] == f"Salt's own Python has no {' and no '.join(missing)}"
    assert software["cure"] == f"salt-pip install {' '.join(missing)}, and restart the minion"


def test_doctor_without_a_pillar_or_a_cloud(drive):
    nowhere = {"endpoint": "http://127.0.0.1:9/RPC2", "username": "oneadmin", "password": "opennebula", "retries": 0}
    checks, status = examined(drive({"connection": nowhere}))
    assert status == 1
    assert {("warning", "pillar"), ("error", "connection")} <= checks


def test_errors_name_the_minion_whose_pillar_was_read(drive, monkeypatch):
    monkeypatch.delenv("ONE_XMLRPC", raising=False)
    one = drive({})
    for function in ("opennebula.export", "opennebula.drift", "opennebula.audit", "onevnet.list"):
        refusal = one.refusal(function)
        assert "The pillar of " in refusal
        assert "has no key opennebula; assign the pillar to it in top.sls" in refusal
    assert [check["check"] for check in one.run("opennebula.doctor", format="data")["checks"]] == ["software", "pillar"]


def test_doctor_needs_no_more_than_a_connection(existing):
    checks, status = examined(existing)
    assert status == 0
    assert ("warning", "pillar") in checks
    assert "opennebula.export" in existing.run("opennebula.doctor", format="table")


class SaltRun:
    """``salt-run`` on a machine where no master has ever run."""

    def __init__(self, folder, repository, configuration):
        self.folder = folder
        pillar = folder / "pillar"
        pillar.mkdir()
        (pillar / "top.sls").write_text("base: {'*': [cloud]}\n")
        (pillar / "cloud.sls").write_text(f"#!json\n{json.dumps({'opennebula': configuration})}\n")
        salt = repository / "salt"
        config = {"root_dir": str(folder), "id": "agent_master", "module_dirs": [str(salt)], "log_level": "error"}
        config |= {"runner_dirs": [str(salt / "_runners")], "pillar_roots": {"base": [str(pillar)]}}
        (folder / "master").write_text(json.dumps(config))

    def __call__(self, *arguments):
        command = [str(pathlib.Path(sys.executable).with_name("salt-run")), "-c", str(self.folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout


def test_the_exit_status_of_salt_run(cloud, connection, repository, tmp_path):
    run = SaltRun(tmp_path, repository, {"connection": connection(cloud), "shared": {"groups": {"team": {}}}})
    status, said = run("opennebula.drift", "--out=json")
    assert (status, json.loads(said)["drift"][0]["object"]) == (2, "group team")
    status, said = run("opennebula.drift", "format=table")
    assert status == 1
    assert said.splitlines()[0].split() == ["USER", "OBJECT", "PART", "FOUND", "DECLARED"]
    status, said = run("opennebula.export", f"dir={tmp_path / 'written'}", "--out=json")
    assert (status, json.loads(said)["objects"]) == (0, {"host": 3})
    assert (tmp_path / "written/opennebula/init.sls").exists()
    status, said = run("opennebula.export", "kind=onevnat")
    assert status == 1
    assert said.startswith("Kind: must be one of onecluster, ")


def test_the_exit_status_where_nothing_can_be_compared(repository, tmp_path):
    nowhere = {"endpoint": "http://127.0.0.1:9/RPC2", "username": "oneadmin", "password": "opennebula", "retries": 0}
    run = SaltRun(tmp_path, repository, {"connection": nowhere, "shared": {"groups": {"team": {}}}})
    status, said = run("opennebula.drift", "--out=json")
    assert status == 1
    assert "127.0.0.1:9" in said
    assert "Traceback" not in said
