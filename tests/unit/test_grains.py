"""The grain of a guest, from the files of OpenNebula's context packages."""

import importlib.util
import json
import os
import pathlib
import shlex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PLUGIN = pathlib.Path(__file__).resolve().parents[2] / "salt" / "_grains" / "opennebula.py"
GATEWAY = {
    "VMID": "42",
    "VM_NAME": "gateway",
    "VM_OWNER": "alice",
    "SALT_ROLE": "gateway",
    "SALT_MANAGED": "eole/alice",
    "ETH0_MAC": "02:00:c0:a8:e6:0b",
    "ETH0_IP": "192.168.230.11",
    "ETH0_MASK": "255.255.255.0",
    "ETH0_NETWORK": "192.168.230.0",
    "ETH0_GATEWAY": "192.168.230.1",
    "ETH0_DNS": "192.168.230.1 192.168.230.2",
    "ETH0_MTU": "1400",
    "ETH0_EXTERNAL": "YES",
    "ETH0_ALIAS0_IP": "192.168.230.99",
    "ETH1_MAC": "02:00:c0:a8:00:01",
    "ETH1_IP": "192.168.0.1",
    "ETH1_SEARCH_DOMAIN": "",
    "ETH10_IP": "10.1.3.1",
    "ETH2_IP": "192.168.253.1",
}
SECRETS = {
    "SALT_ENROLMENT_TOKEN": "s3cret",
    "PASSWORD": "s3cret",
    "ROOT_PASSWORD": "s3cret",
    "ONEGATE_TOKEN": "s3cret",
    "START_SCRIPT": "#!/bin/sh\nSALT_ROLE='s3cret'\necho \"s3cret\"\n",
    "START_SCRIPT_BASE64": "s3cret",
    "VROUTER_KEEPALIVED_PASSWORD": "s3cret",
    "ETH0_PASSWORD": "s3cret",
}


@pytest.fixture
def grains(tmp_path, monkeypatch):
    """The plugin, on a machine with nothing but an empty folder for the context packages."""
    spec = importlib.util.spec_from_file_location("grains_opennebula", PLUGIN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    runtime = tmp_path / "one-context"
    runtime.mkdir()
    monkeypatch.setattr(module, "RUNTIME", str(runtime))
    monkeypatch.setattr(module, "MOUNTS", str(tmp_path / "mounts"))
    monkeypatch.setattr(module, "CONTAINER", str(tmp_path / "context"))
    return module


def script(context):
    """A context as OpenNebula writes it."""
    quoted = {name: value.replace("'", "'\\''") for name, value in context.items()}
    return "# Context variables\n" + "".join(f"{name}='{value}'\n" for name, value in quoted.items())


def left(grains, context, name="context.sh.network"):
    path = pathlib.Path(grains.RUNTIME, name)
    path.write_text(script(context))
    return path


def test_a_gateway(grains):
    left(grains, {**GATEWAY, **SECRETS})
    assert grains.opennebula() == {
        "opennebula": {
            "vm_id": 42,
            "vm_name": "gateway",
            "owner": "alice",
            "role": "gateway",
            "managed": True,
            "blueprint": "eole",
            "interfaces": [
                {
                    "name": "ETH0",
                    "index": 0,
                    "mac": "02:00:c0:a8:e6:0b",
                    "ip": "192.168.230.11",
                    "mask": "255.255.255.0",
                    "network": "192.168.230.0",
                    "gateway": "192.168.230.1",
                    "dns": ["192.168.230.1", "192.168.230.2"],
                    "mtu": 1400,
                    "external": True,
                    "aliases": [{"name": "ETH0_ALIAS0", "index": 0, "ip": "192.168.230.99"}],
                },
                {"name": "ETH1", "index": 1, "mac": "02:00:c0:a8:00:01", "ip": "192.168.0.1", "aliases": []},
                {"name": "ETH2", "index": 2, "ip": "192.168.253.1", "aliases": []},
                {"name": "ETH10", "index": 10, "ip": "10.1.3.1", "aliases": []},
            ],
        }
    }


def test_no_secret_is_a_grain(grains):
    left(grains, {**GATEWAY, **SECRETS})
    assert "s3cret" not in json.dumps(grains.opennebula())


def test_a_machine_without_context(grains):
    assert grains.opennebula() == {}


def test_a_vm_of_somebody_else_is_not_managed(grains):
    left(grains, {"ETH0_IP": "10.0.0.1"})
    grain = grains.opennebula()["opennebula"]
    assert grain == {"managed": False, "interfaces": [{"name": "ETH0", "index": 0, "ip": "10.0.0.1", "aliases": []}]}


def test_variables_that_were_not_replaced_are_no_numbers(grains):
    left(grains, {"VMID": "$VMID", "SALT_ROLE": "web", "ETH0_MTU": "big", "ETH0_IP": "10.0.0.1"})
    grain = grains.opennebula()["opennebula"]
    assert "vm_id" not in grain
    assert grain["interfaces"] == [{"name": "ETH0", "index": 0, "ip": "10.0.0.1", "aliases": []}]


def test_the_last_stage_counts(grains):
    old, new = left(grains, {"SALT_ROLE": "old"}), left(grains, {"SALT_ROLE": "new"}, "context.sh.local")
    os.utime(old, (1, 1))
    os.utime(new, (2, 2))
    assert grains.opennebula()["opennebula"]["role"] == "new"


def test_exports_of_the_context_packages(grains):
    lines = ['export TOKENTXT=""', 'export SALT_ROLE="a "quoted" $role"', 'export START_SCRIPT="a', 'b"']
    lines += ['export VMID="7"']
    pathlib.Path(grains.RUNTIME, "one_env").write_text("\n".join(lines) + "\n")
    grain = grains.opennebula()["opennebula"]
    assert (grain["vm_id"], grain["role"]) == (7, 'a "quoted" $role')


def test_a_mounted_cdrom(grains, tmp_path):
    folder = tmp_path / "a cd"
    folder.mkdir()
    (folder / "context.sh").write_text(script(GATEWAY))
    escaped = str(folder).replace(" ", "\\040")
    (tmp_path / "mounts").write_text(f"/dev/vda1 / ext4 rw 0 0\n/dev/sr0 {escaped} iso9660 ro 0 0\nodd\n")
    assert grains.opennebula()["opennebula"]["vm_id"] == 42


def test_a_container(grains, tmp_path):
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "context.sh").write_text(script(GATEWAY))
    assert grains.opennebula()["opennebula"]["vm_id"] == 42


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("SALT_ROLE='it'\\''s'", "it's"),
        ('export SALT_ROLE="a \\"b\\" \\\\ \\$c"', 'a "b" \\ $c'),
        ("SALT_ROLE=plain # remark", "plain"),
        ("SALT_ROLE='two\nlines'", "two\nlines"),
        ("SALT_ROLE=$(touch pwned)'x'", None),
        ("SALT_ROLE='never ends", None),
        ("SALT_ROLE='a'&&reboot", None),
        ("SALT-ROLE='x'", None),
    ],
)
def test_one_assignment(grains, line, role):
    pathlib.Path(grains.RUNTIME, "context.sh.local").write_text(f"{line}\nVMID='3'\n")
    grain = grains.opennebula().get("opennebula", {})
    assert grain.get("role") == role
    assert not pathlib.Path("pwned").exists()


@pytest.mark.parametrize("odd", ["folder", "pipe", "large", "binary", "unreadable link"])
def test_odd_files_are_passed_over(grains, odd, tmp_path):
    path = pathlib.Path(grains.RUNTIME, "context.sh.network")
    make = {
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "large": lambda: path.write_bytes(b"VMID='1'\n" + b"#" * grains.LARGEST),
        "binary": lambda: path.write_bytes(bytes(range(256)) * 8),
        "unreadable link": lambda: path.symlink_to(path),
    }
    make[odd]()
    assert grains.opennebula() == {}
    left(grains, {"VMID": "5"}, "context.sh.local")
    assert grains.opennebula()["opennebula"]["vm_id"] == 5


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True) | st.sampled_from(sorted(GATEWAY | SECRETS))
VALUES = st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]))
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUIET
@given(st.dictionaries(NAMES, VALUES))
def test_every_context_that_opennebula_writes_is_read_back(grains, context):
    assert grains._assignments(script(context)) == context


@QUIET
@given(st.dictionaries(NAMES, VALUES))
def test_every_shell_quoting_is_read_back(grains, context):
    text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in context.items())
    assert grains._assignments(text) == context


@QUIET
@given(st.binary() | st.lists(st.sampled_from(["ETH0_IP=", "'", '"', "\\", "\n", "export ", "VMID=", "#", "é"])))
def test_nothing_makes_it_fail(grains, content):
    content = content if isinstance(content, bytes) else "".join(content).encode()
    for name in ("context.sh.local", "one_env"):
        pathlib.Path(grains.RUNTIME, name).write_bytes(content)
        grain = grains.opennebula()
        assert set(grain) <= {"opennebula"}
        json.dumps(grain)


@QUIET
@given(st.dictionaries(NAMES, st.just("s3cret")))
def test_only_known_variables_become_grains(grains, context):
    known = {"VM_NAME", "VM_OWNER", "SALT_ROLE", "SALT_MANAGED"}
    left(grains, {name: value for name, value in context.items() if name not in known and not name.startswith("ETH")})
    assert "s3cret" not in json.dumps(grains.opennebula())
