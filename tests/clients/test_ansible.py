"""Ansible's modules for OpenNebula (community.general) with onesim: their changes, and their calls."""

import json
import subprocess
import sys

import pytest

from onesim.testing import PASSWORD, running
from tests.contract.player import FOLDER

from .recorder import is_question, recording

CHANGED, SAME, FAILED = "changed", "same", "failed"
CHECK = {"check_mode": True}

AR = "AR=[TYPE=IP4,IP=10.0.0.10,SIZE=9]"
NETWORK = {"name": "lab", "template": f"VN_MAD=dummy\nBRIDGE=br0\n{AR}"}
NOTED = {"name": "lab", "template": "VN_MAD=dummy\nBRIDGE=br0\nNOTE=new"}
TEMPLATE = {"name": "base", "template": "CPU=1\nVCPU=1\nMEMORY=64"}
LARGER = {"name": "base", "template": "CPU=1\nVCPU=1\nMEMORY=128"}
IMAGE = {"name": "disk", "create": True, "datastore_id": 1, "template": "TYPE=DATABLOCK\nSIZE=10"}
DISKED = {"name": "base", "template": 'CPU=1\nVCPU=1\nMEMORY=64\nDISK=[IMAGE="disk"]\nCONTEXT=[NETWORK=YES]'}
GONE = {"state": "absent"}
WEB = {
    "template_name": "base",
    "attributes": {"name": "web-##", "ROLE": "web"},
    "labels": ["lab"],
    "exact_count": 2,
    "count_attributes": {"ROLE": "web"},
    "networks": [{"NETWORK_ID": 0}],
    "memory": "128 MB",
}
PLAYS = {  # a play's steps: module, arguments, outcome, keywords of the task
    "network": [
        ("one_vnet", NETWORK, CHANGED, {}),
        ("one_vnet", {**NETWORK, "state": "absent"}, CHANGED, CHECK),
        ("one_vnet", NOTED, CHANGED, {}),
        ("one_vnet", NOTED, SAME, {}),
        ("one_vnet", NETWORK, CHANGED, CHECK),
        ("one_vnet", NOTED, SAME, {}),
        ("one_vnet", {"id": 7, "template": AR}, FAILED, {}),
        ("one_vnet", {"name": "bad", "template": "VN_MAD=802.1Q"}, FAILED, {}),
        ("one_vnet", {"name": "lab", **GONE}, CHANGED, {}),
        ("one_vnet", {"name": "lab", **GONE}, SAME, {}),
    ],
    "template": [
        ("one_template", TEMPLATE, CHANGED, {}),
        ("one_template", TEMPLATE, SAME, {}),
        ("one_template", LARGER, CHANGED, CHECK),
        ("one_template", LARGER, CHANGED, {}),
        ("one_template", {"name": "base", "filter": "all", "template": "CPU=["}, FAILED, {}),
        ("one_template", {"name": "base", **GONE}, CHANGED, CHECK),
        ("one_template", {"name": "base", **GONE}, CHANGED, {}),
        ("one_template", {"name": "base", **GONE}, SAME, {}),
    ],
    "image": [
        ("one_image", IMAGE, CHANGED, {}),
        ("one_image", IMAGE, SAME, {}),
        ("one_image", {"name": "disk", "enabled": False}, CHANGED, CHECK),
        ("one_image", {"name": "disk", "enabled": False}, CHANGED, {}),
        ("one_image", {"name": "disk", "enabled": False}, SAME, {}),
        ("one_image", {"name": "disk", "persistent": True, "enabled": True}, CHANGED, {}),
        ("one_image", {"name": "disk", "persistent": False}, CHANGED, {}),
        ("one_image", {"name": "disk", "state": "cloned", "new_name": "copy"}, CHANGED, {}),
        ("one_image", {"name": "disk", "state": "cloned", "new_name": "copy"}, SAME, {}),
        ("one_image", {"id": 1, "state": "renamed", "new_name": "other"}, CHANGED, {}),
        ("one_image", {"id": 1, "state": "renamed", "new_name": "disk"}, FAILED, {}),
        ("one_image_info", {}, SAME, {}),
        ("one_image_info", {"name": "~oth.*"}, SAME, {}),
        ("one_image", {"name": "disk", **GONE}, CHANGED, CHECK),
        ("one_image", {"name": "disk", **GONE}, CHANGED, {}),
        ("one_image", {"name": "disk", **GONE}, SAME, {}),
    ],
    "vm": [
        ("one_vnet", NETWORK, CHANGED, {}),
        ("one_image", IMAGE, CHANGED, {}),
        ("one_template", DISKED, CHANGED, {}),
        ("one_vm", WEB, CHANGED, CHECK),
        ("one_vm", WEB, CHANGED, {}),
        ("one_vm", WEB, SAME, {}),
        ("one_vm", {"template_name": "base", "vm_start_on_hold": True, "persistent": True}, CHANGED, {}),
        ("one_vm", {"instance_ids": [0], "mode": "640", "owner_id": 0, "group_id": 1}, CHANGED, {}),
        ("one_vm", {"instance_ids": [0], "state": "rebooted"}, CHANGED, {}),
        ("one_vm", {"instance_ids": [0], "state": "poweredoff", "hard": True}, CHANGED, CHECK),
        ("one_vm", {"instance_ids": [0], "state": "poweredoff", "hard": True}, CHANGED, {}),
        ("one_vm", {"instance_ids": [0], "state": "poweredoff", "hard": True}, SAME, {}),
        ("one_vm", {"instance_ids": [0], "updateconf": {"CONTEXT": {"START_SCRIPT": "true"}}}, CHANGED, {}),
        ("one_vm", {"instance_ids": [0], "updateconf": {"CONTEXT": {"START_SCRIPT": "true"}}}, SAME, {}),
        ("one_vm", {"instance_ids": [0], "disk_saveas": {"name": "saved"}}, CHANGED, {}),
        ("one_vm", {"instance_ids": [0], "state": "running"}, CHANGED, {}),
        ("one_vm", {"instance_ids": [9]}, FAILED, {}),
        ("one_vm", {"instance_ids": [0, 1], "state": "absent", "hard": True}, CHANGED, {}),
        ("one_vm", {"instance_ids": [0, 1], "state": "absent"}, CHANGED, {}),  # its word for VMs that are known
    ],
    "host": [
        ("one_host", {"name": "node", "im_mad_name": "dummy", "vmm_mad_name": "dummy"}, CHANGED, {}),
        ("one_host", {"name": "node", "template": {"RACK": 7}, "labels": ["fast"]}, CHANGED, {}),
        ("one_host", {"name": "node", "template": {"RACK": 7}}, SAME, {}),
        ("one_host", {"name": "node", "state": "disabled"}, CHANGED, {}),
        ("one_host", {"name": "node", "state": "disabled"}, SAME, {}),
        ("one_host", {"name": "node", "state": "offline"}, CHANGED, {}),
        ("one_host", {"name": "node", "state": "enabled"}, CHANGED, {}),
        ("one_host", {"name": "node", "state": "absent"}, CHANGED, {}),
        ("one_host", {"name": "node", "state": "absent"}, SAME, {}),
    ],
}


def outcome(result):
    return FAILED if result.get("failed") else CHANGED if result["changed"] else SAME


def task(number, step, endpoint):
    module, arguments, _, keywords = step
    login = {"api_url": endpoint, "api_username": "oneadmin", "api_password": PASSWORD}
    return {
        "name": str(number),
        f"community.general.{module}": {**login, **arguments},
        "ignore_errors": True,
        **keywords,
    }


def results(steps, endpoint, folder):
    """What each step of a play tells."""
    playbook = folder / "playbook.json"
    tasks = [task(number, step, endpoint) for number, step in enumerate(steps)]
    playbook.write_text(
        json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}])
    )
    run = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "--inventory", "localhost,", str(playbook)],
        capture_output=True,
        text=True,
        check=False,
        env={
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_LOCAL_TEMP": str(folder),
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "PATH": "/usr/bin:/bin",
        },
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return [entry["hosts"]["localhost"] for entry in json.loads(run.stdout)["plays"][0]["tasks"]]


def essence(conversation):
    """The calls that change something, and by which methods there are questions; how often depends on moments."""
    rows = list(conversation)
    return [row for row in rows if not is_question(row)], {
        row.get("wait", row)["method"] for row in rows if is_question(row)
    }


@pytest.mark.parametrize("play", PLAYS)
def test_play(play, tmp_path, pytestconfig):
    steps = PLAYS[play]
    with running("--pace", "0.5") as server, recording(server.endpoint) as (endpoint, conversation):
        told = results(steps, endpoint, tmp_path)
    for step, result in zip(steps, told, strict=True):
        assert outcome(result) == step[2], (step, result.get("msg"))
    scenario = FOLDER / f"ansible_{play}.jsonl"
    if pytestconfig.getoption("record"):
        scenario.write_text("".join(f"{json.dumps(row)}\n" for row in conversation))
    assert essence(conversation) == essence(map(json.loads, scenario.read_text().splitlines()))
