"""Objects with a part that no pillar takes: that part is left out with the reason, and everything else is exported."""

import pytest

from tests.doubles.clouds import Builder, template
from tests.doubles.existing import exported, loaded, taken_over
from tests.doubles.simulated import Simulated


@pytest.fixture
def simulated():
    return Simulated()


@pytest.fixture
def built(simulated):
    found = Builder(simulated.call, simulated.settle)
    found.group("team")
    found.user("ann", "team")
    return found


def told(found, subject):
    """The reasons for what is left out of an object, by part."""
    return {row["part"]: row["reason"] for row in found.left if row["object"] == subject}


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("NETWORK_MASK", "255.0.255.0"),
        ("NETWORK_MASK", "24"),
        ("DNS", "10.3.0.1,10.3.0.2"),
        ("DNS", "resolver.example.org"),
        ("GATEWAY", "router"),
    ],
)
def test_a_malformed_argument_is_left_out_and_the_rest_stays_with_its_user(simulated, built, argument, value):
    built.lan("lan", "ann", "team", 300, 3, **{argument: value})
    found = taken_over(simulated)
    (lan,) = found.config["users"]["ann"]["networks"].values()
    assert (lan["vlan_id"], lan["first"], lan["size"]) == (300, "10.3.0.10", 100)
    assert argument.lower() not in lan
    assert argument.lower() in told(found, "virtual network lan of ann")
    assert found.apart == []


def test_a_lock_does_not_cost_the_other_arguments(simulated, built):
    lan = built.lan("lan", "ann", "team", 300, 3, SECURITY_GROUPS="77")
    simulated.call("one.vn.lock", lan, 1, False)
    found = taken_over(simulated)
    said = found.config["users"]["ann"]["networks"]["lan"]
    assert {"vlan_id", "cidr", "locked"} <= said.keys()
    assert told(found, "virtual network lan of ann").keys() == {"security_groups"}


def test_a_network_without_a_device_does_not_cost_its_user(simulated, built):
    built.lan("lan", "ann", "team", 300, 3, VN_MAD="elastic")
    built.lan("dmz", "ann", "team", 301, 4)
    found = taken_over(simulated)
    assert "dmz" in found.config["users"]["ann"]["networks"]
    assert "driver" in told(found, "virtual network lan of ann")


def test_reservations_stand_with_their_users(simulated, built):
    for number, driver in enumerate(("802.1Q", "bridge", "vxlan")):
        pool = {"TYPE": "IP4", "IP": f"10.{number}.0.1", "SIZE": 50}
        wide = built.network(f"wide{number}", "oneadmin", "oneadmin", [pool], VN_MAD=driver, VLAN_ID=500 + number)
        part = simulated.call("one.vn.reserve", wide, template(SIZE=5, NAME=f"part{number}"))
        built.give("one.vn", part, "ann", "team")
    found = taken_over(simulated)
    networks = found.config["users"]["ann"]["networks"]
    assert {name: each["reserved_from"]["network"] for name, each in networks.items()} == {
        "part0": "wide0",
        "part1": "wide1",
        "part2": "wide2",
    }
    assert found.apart == []


@pytest.mark.parametrize("place", [{"VMGROUP_ID": "0"}, {"VMGROUP_NAME": "web", "VMGROUP_UNAME": "oneadmin"}])
def test_a_place_in_a_vm_group_is_exported_however_it_is_said(simulated, built, place):
    simulated.call("one.vmgroup.allocate", template(NAME="web", ROLE={"NAME": "front"}))
    built.template("t", "oneadmin", "oneadmin", CPU=1, MEMORY=64, VMGROUP={**place, "ROLE": "front"})
    said = taken_over(simulated).config["shared"]["templates"]["t"]
    assert said["vm_group"] == {"group": "web", "owner": "oneadmin", "role": "front"}


def test_the_first_image_of_a_cloud_can_be_the_disk_of_a_template(simulated, built):
    simulated.call("one.image.allocate", template(NAME="first", SIZE=8, TYPE="DATABLOCK"), 1)
    built.template("t", "oneadmin", "oneadmin", CPU=1, MEMORY=64, DISK={"IMAGE_ID": 0})
    found = taken_over(simulated)
    assert found.config["shared"]["templates"]["t"]["disks"] == [{"IMAGE_ID": 0}]


def test_what_reads_as_a_secret_is_never_written(simulated, built):
    simulated.call("one.image.allocate", template(NAME="i", PATH="https://joe:s3cr3t@example.org/i.qcow2"), 1)
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\ns3cr3t\n-----END OPENSSH PRIVATE KEY-----"
    inputs = {"PIN": "M|password|Your PIN||s3cr3t", "SIZE": "O|number|How large||7"}
    built.template("t", "oneadmin", "oneadmin", CPU=1, MEMORY=64, DEPLOY=key, USER_INPUTS=inputs)
    found = taken_over(simulated)
    assert "s3cr3t" not in "".join(found.files.values())
    assert "secret" in told(found, "image i of oneadmin")["path"]
    assert "secret" in told(found, "template t of oneadmin")["attributes:DEPLOY"]


def test_a_rule_about_a_network_that_is_gone_says_so(simulated, built):
    rule = {"PROTOCOL": "TCP", "RULE_TYPE": "inbound", "NETWORK_ID": "77"}
    simulated.call("one.secgroup.allocate", template(NAME="s", RULE=rule))
    found = exported(simulated)
    assert told(found, "security group s of oneadmin") == {"rules": "virtual network 77 does not exist"}


# -- VMs --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def vm(simulated, built):
    """Makes a VM of ann's by raw calls; returns its number."""
    simulated.call("one.secgroup.allocate", template(NAME="web", RULE={"PROTOCOL": "TCP", "RULE_TYPE": "inbound"}))
    built.permit("one.secgroup", 100, "644")
    built.lan("lan", "ann", "team", 300, 3)
    simulated.call("one.image.allocate", template(NAME="os", SIZE=8, TYPE="DATABLOCK"), 1)
    simulated.settle()
    built.permit("one.image", 0, "644")

    def vm(**more):
        said = template(NAME="box", CPU=1, MEMORY=64, **more)
        number = built.give("one.vm", simulated.call("one.vm.allocate", said, False), "ann", "team")
        simulated.settle()
        return number

    return vm


def test_a_vm_is_exported_with_its_disks_nics_and_configuration(simulated, vm):
    vm(
        DISK=[{"IMAGE_ID": 0, "SIZE": 20}, {"TYPE": "swap", "SIZE": 5}],
        NIC={"NETWORK_ID": 0, "MODEL": "virtio", "SECURITY_GROUPS": "0,100", "NAME": "first"},
        NIC_ALIAS={"NETWORK_ID": 0, "PARENT": "first"},
        OS={"BOOT": "disk0,nic0", "ARCH": "x86_64"},
        GRAPHICS={"TYPE": "VNC", "LISTEN": "0.0.0.0"},
    )
    found = taken_over(simulated)
    box = found.config["objects"]["onevm"]["box"]
    assert box["disks"] == [{"image": "os", "owner": "oneadmin", "size": 20}, {"TYPE": "swap", "size": 5}]
    (nic,) = box["nics"]
    assert (nic["network"], nic["model"], nic["NAME"], nic["security_groups"]) == ("lan", "virtio", "first", ["web"])
    assert nic["aliases"] == [{"network": "lan", "ip": "10.3.0.11"}]
    assert box["os"] == {"boot": "disk0,nic0", "arch": "x86_64"}
    assert box["graphics"] == {"type": "VNC", "listen": "0.0.0.0"}
    assert "does not exist any more" in told(found, "VM box of ann")["template"]


def test_a_vm_says_nothing_of_what_its_template_says(simulated, built, vm):
    of = {"DISK": {"IMAGE_ID": 0}, "FEATURES": {"ACPI": "yes"}, "GRAPHICS": {"TYPE": "vnc", "LISTEN": "0.0.0.0"}}
    source = built.template("t", "oneadmin", "oneadmin", CPU=1, MEMORY=64, **of)
    number = simulated.call("one.template.instantiate", source, "plain", False, "", False)
    simulated.settle()
    assert not {"disks", "features", "graphics"} & taken_over(simulated).config["objects"]["onevm"]["plain"].keys()
    simulated.call("one.vm.action", "poweroff-hard", number)
    simulated.settle()
    simulated.call("one.vm.diskresize", number, 0, "30")
    simulated.settle()
    assert taken_over(simulated).config["objects"]["onevm"]["plain"]["disks"] == {"0": 30}


def test_a_vm_that_no_host_has_room_for_keeps_no_run_waiting(simulated, vm):
    vm(NIC={"NETWORK_ID": 0})
    simulated.call("one.vm.allocate", template(NAME="giant", CPU=1, MEMORY=10**9), False)
    simulated.settle()
    assert taken_over(simulated).config["objects"]["onevm"]["giant"]["wait"] is False


def test_files_of_a_context_do_not_cost_the_rest_of_it(simulated, vm):
    simulated.call("one.image.allocate", template(NAME="init", TYPE="CONTEXT", PATH="/init.sh"), 2)
    simulated.settle()
    vm(CONTEXT={"ROLE": "web", "FILES_DS": "$FILE[IMAGE_ID=1]"})
    found = taken_over(simulated)
    assert found.config["objects"]["onevm"]["box"]["context"] == {"ROLE": "web"}
    assert "context:FILES_DS" in told(found, "VM box of ann")


@pytest.mark.parametrize("name", ["router", "fw-07"])
def test_names_of_router_vms_that_follow_no_pattern_do_not_cost_the_router(simulated, built, vm, name):
    built.template("rt", "oneadmin", "oneadmin", CPU="0.1", MEMORY=32, VROUTER="YES", CONTEXT={"NETWORK": "YES"})
    simulated.call("one.vrouter.allocate", template(NAME="edge"))
    simulated.call("one.vrouter.instantiate", 0, 2, 0, name, False, "")
    found = taken_over(simulated)
    assert "edge" in str(loaded(found.files)["objects"]["onevrouter"])
    assert "vm_name" in told(found, "virtual router edge of oneadmin")


def test_default_quotas_are_exported(simulated, built):
    wide = built.lan("wide", "oneadmin", "oneadmin", 300, 3)
    simulated.call("one.userquota.update", template(VM={"VMS": 5, "MEMORY": -2}, NETWORK={"ID": wide, "LEASES": 4}))
    simulated.call("one.groupquota.update", template(DATASTORE={"ID": 1, "SIZE": 2048}))
    assert taken_over(simulated).config["shared"]["default_quota"] == {
        "users": {"vms": 5, "networks": {"wide": {"leases": 4}}},
        "groups": {"datastores": {"default": {"size": "2G"}}},
    }


def test_network_templates_are_exported_with_their_ranges_and_clusters(simulated, built):
    blades = simulated.call("one.cluster.allocate", "blades")
    said = {"VN_MAD": "bridge", "AR": {"TYPE": "IP4", "IP": "10.0.0.1", "SIZE": 5}, "CLUSTER_IDS": f"0,{blades}"}
    simulated.call("one.vntemplate.allocate", template(NAME="vt", **said))
    found = taken_over(simulated).config["shared"]["network_templates"]["vt"]
    assert found["address_ranges"] == {"range1": {"ip": "10.0.0.1", "size": 5}}
    assert found["clusters"] == ["blades", "default"]


def test_a_variable_of_a_vm_that_its_template_says_otherwise_is_exported(simulated, built):
    context = {"NETWORK": "YES", "ROLE": "web", "SET_HOSTNAME": "$NAME"}
    source = built.template("t", "oneadmin", "oneadmin", CPU=1, MEMORY=64, CONTEXT=context)
    extra = template(CONTEXT={**context, "ROLE": "db"})
    simulated.call("one.template.instantiate", source, "box", False, extra, False)
    assert taken_over(simulated).config["objects"]["onevm"]["box"]["context"] == {"ROLE": "db"}
