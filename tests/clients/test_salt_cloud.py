"""Salt's own driver for OpenNebula, which was part of Salt up to 3007, with onesim."""

import json
import time

import pytest
import salt.config
import salt.loader
from salt.utils.context import func_globals_inject

from onesim.testing import PASSWORD, running

NETWORK = "NAME=lab VN_MAD=dummy BRIDGE=br0 AR=[TYPE=IP4,IP=10.0.0.10,SIZE=9]"
TEMPLATE = "CPU=0.1 MEMORY=64 DISK=[IMAGE=disk] NIC=[NETWORK=lab]"
RULE = "RULE=[PROTOCOL=TCP,RULE_TYPE=inbound]"
WITHIN = 20


@pytest.fixture(scope="module")
def server():
    with running("--pace", "0.1") as server:
        yield server


@pytest.fixture(scope="module")
def driver(server, tmp_path_factory):
    """The driver's functions by name."""
    folder = tmp_path_factory.mktemp("salt")
    provider = {"driver": "opennebula", "xml_rpc": server.endpoint, "user": "oneadmin", "password": PASSWORD}
    (folder / "cloud.providers").write_text(json.dumps({"one": provider}))
    folders = {name: str(folder) for name in ("root_dir", "cachedir", "sock_dir", "pki_dir")}
    (folder / "cloud").write_text(json.dumps(folders))
    (folder / "master").write_text(json.dumps(folders))
    options = salt.config.cloud_config(str(folder / "cloud"))
    functions = salt.loader.clouds(options)

    def call(function, /, **arguments):
        with func_globals_inject(functions[f"opennebula.{function}"], __active_provider_name__="one:opennebula"):
            return functions[f"opennebula.{function}"](**arguments)

    return call


@pytest.fixture(scope="module")
def make(driver):
    """Calls a function of the driver and gives back the number of the object it tells of."""

    def make(function, /, **kwargs):
        told = driver(function, call="function", kwargs=kwargs)
        assert told["error_code"] == 0, told
        return next(value for key, value in told.items() if key.endswith("_id"))

    return make


@pytest.fixture(scope="module")
def lab(make, server):
    """A network `lab`, an image `disk`, a template `base`; by name, as the driver takes no number to be 0."""
    make("vn_allocate", data=NETWORK)
    image = make("image_allocate", data="NAME=disk TYPE=DATABLOCK SIZE=10", datastore_name="default")
    until(lambda: "<STATE>1</STATE>" in server.call("one.image.info", image))
    make("template_allocate", data=f"NAME=base {TEMPLATE}")


def until(reached):
    end = time.monotonic() + WITHIN
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_lists_of_a_fresh_cloud(driver):
    assert set(driver("avail_locations")) == {"host01", "host02", "host03"}
    assert set(driver("list_datastores")) == {"system", "default", "files"}
    assert set(driver("list_clusters")) == {"default"}
    assert driver("list_security_groups")["default"]["id"] == "0"
    assert driver("get_one_version") == "7.4.0"


def test_a_network(driver, make, lab):
    make("vn_add_ar", vn_name="lab", data="AR=[TYPE=ETHER,SIZE=3]")
    make("vn_hold", vn_name="lab", data="LEASES=[IP=10.0.0.18]")
    make("vn_release", vn_name="lab", data="LEASES=[IP=10.0.0.18]")
    make("vn_reserve", vn_name="lab", data="SIZE=2 NAME=mine")
    assert driver("list_vns")["mine"]["parent_network_id"] == driver("list_vns")["lab"]["id"]
    until(lambda: driver("list_vns")["mine"]["state"] == "1")
    make("vn_delete", name="mine")
    until(lambda: "mine" not in driver("list_vns"))


def test_an_image(driver, make, lab):
    make("image_update", image_name="disk", data="NOTE=x", update_type="merge")
    assert driver("image_info", call="function", kwargs={"name": "disk"})["disk"]["template"]["note"] == "x"
    make("image_clone", image_name="disk", name="copy")
    until(lambda: driver("avail_images")["copy"]["state"] == "1")
    make("image_persistent", persist=True, name="copy")
    make("image_delete", name="copy")
    until(lambda: "copy" not in driver("avail_images"))


def test_a_template_and_a_security_group(driver, make, lab):
    make("template_clone", template_name="base", name="copy")
    make("template_update", template_name="copy", data="NOTE=x", update_type="merge")
    assert driver("list_templates")["copy"]["template"]["note"] == "x"
    make("template_delete", name="copy")
    make("secgroup_allocate", data=f"NAME=web {RULE}")
    make("secgroup_update", secgroup_name="web", data=RULE.replace("TCP", "UDP"), update_type="replace")
    make("secgroup_clone", secgroup_name="web", name="other")
    make("secgroup_delete", name="other")


def state(driver, part="state"):
    return driver("list_nodes_full")["web"][part]


def change(driver, name, **kwargs):
    told = driver(name, name="web", call="action", kwargs=kwargs)
    assert told["error_code"] == 0, told


def test_a_vm(driver, make, lab, server):
    # The driver's create ends in Salt's loader, which finds no utilities in a utility that calls the driver back.
    number = make("template_instantiate", template_name="base", vm_name="web")

    def running():
        return state(driver, "lcm_state") == "3"

    until(running)
    assert driver("show_instance", name="web", call="action")["id"] == str(number)
    assert driver("list_nodes")["web"]["private_ips"][0].startswith("10.0.0.")
    for action, kwargs in (
        ("vm_attach_nic", {"data": "NIC=[NETWORK=lab]"}),
        ("vm_detach_nic", {"nic_id": 1}),
        ("vm_attach", {"data": "DISK=[TYPE=fs,SIZE=5]"}),
        ("vm_detach", {"disk_id": 1}),
        ("vm_update", {"data": "ROLE=web", "update_type": "merge"}),
    ):
        change(driver, action, **kwargs)
        until(running)
    assert "<ROLE><![CDATA[web]]></ROLE>" in server.call("one.vm.info", number)
    assert "reboot" in str(driver("reboot", name="web", call="action")).lower()
    change(driver, "vm_action", action="poweroff-hard")
    until(lambda: state(driver) == "8")
    change(driver, "vm_resize", data="CPU=0.2 MEMORY=256", capacity_maintained=True)
    driver("start", name="web", call="action")
    until(running)
    # The driver asks for an action that clouds of today have another name for.
    assert driver("destroy", name="web")["deleted"] is False
    change(driver, "vm_action", action="terminate-hard")
    until(lambda: "web" not in driver("list_nodes"))
