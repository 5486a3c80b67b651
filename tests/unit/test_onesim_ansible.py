"""Ansible's modules for OpenNebula on onesim, where `ansible` is installed (it brings community.general along)."""

import json
import subprocess
import sys

import pytest

from onesim.testing import PASSWORD, running

pytest.importorskip("ansible_collections.community.general")

HOSTS = {"connection": "local", "gather_facts": False, "hosts": "localhost"}
WANTED = [  # module, arguments, whether it changes something the first time and the second
    ("one_template", {"name": "base", "template": "CPU=1\nVCPU=1\nMEMORY=64"}, True, False),
    (
        "one_image",
        {"name": "disk", "create": True, "datastore_id": 1, "template": "TYPE=DATABLOCK\nSIZE=10"},
        True,
        False,
    ),
    ("one_image", {"name": "disk", "state": "cloned", "new_name": "copy"}, True, False),
    ("one_vnet", {"name": "lab", "template": "VN_MAD=dummy\nBRIDGE=br0\nAR=[TYPE=ETHER,SIZE=9]"}, True, None),
    ("one_vm", {"template_name": "base", "attributes": {"name": "web"}, "networks": [{"NETWORK_ID": 0}]}, True, None),
    ("one_vm", {"instance_ids": [0], "state": "poweredoff", "hard": True}, True, False),
    ("one_vm", {"instance_ids": [0], "state": "running"}, True, False),
    ("one_vm", {"instance_ids": [0, 1], "state": "absent", "hard": True}, True, None),
    ("one_host", {"name": "host02", "state": "disabled"}, True, False),
    ("one_image", {"name": "disk", "state": "absent"}, True, False),
    ("one_template", {"name": "base", "state": "absent"}, True, False),
    ("one_vnet", {"name": "lab", "state": "absent"}, True, False),
]


def task(number, module, arguments, endpoint):
    login = {"api_url": endpoint, "api_username": "oneadmin", "api_password": PASSWORD}
    return {f"community.general.{module}": {**login, **arguments}, "name": str(number)}


def test_what_modules_change_and_what_they_leave(tmp_path):
    with running() as server:
        tasks = [
            task(number, module, arguments, server.endpoint)
            for number, (module, arguments, _, again) in enumerate(WANTED)
            for _ in range(1 if again is None else 2)
        ]
        playbook = tmp_path / "playbook.json"
        playbook.write_text(json.dumps([{**HOSTS, "tasks": tasks}]))
        command = [sys.executable, "-m", "ansible", "playbook", "--inventory", "localhost,", str(playbook)]
        environment = {
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_LOCAL_TEMP": str(tmp_path),
            "HOME": str(tmp_path),
            "PATH": "/usr/bin:/bin",
        }
        run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert run.returncode == 0, run.stdout + run.stderr
    done = [entry["hosts"]["localhost"]["changed"] for entry in json.loads(run.stdout)["plays"][0]["tasks"]]
    expected = [flag for _, _, first, again in WANTED for flag in (first, again) if flag is not None]
    assert done == expected
