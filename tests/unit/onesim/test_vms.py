"""New VMs in onesim: names, networks and images of owners, context, variables, quotas, pools."""

import base64
import pickle

import pytest
from lxml import etree

from .cloud import Refused, refused
from .vm_cloud import RANGE

AUTHORIZATION, ACTION, INTERNAL, ALLOCATE = 0x200, 0x800, 0x2000, 0x4000


def refusal(sim, text, user="oneadmin"):
    """Why there is no VM of that text."""
    return refused(sim, "one.vm.allocate", text, True, user=user).text.removeprefix("[one.vm.allocate] ")


def context(sim, text, user="oneadmin", **parts):
    """What a CONTEXT becomes: a dictionary."""
    vm = sim.vm(hold=True, user=user, CONTEXT=f"[{text}]", **parts)
    return {element.tag: element.text for element in sim.info(vm).find("TEMPLATE/CONTEXT")}


def member(sim, name):
    """A user who may use the image and the network."""
    oid = sim.user(name, 1)
    sim.call("one.image.chmod", sim.image, 1, 1, 0, 1, 0, 0, 1, 0, 0)
    sim.call("one.vn.chmod", sim.net, 1, 1, 0, 1, 0, 0, 1, 0, 0)
    return oid


# --- what is checked, and what becomes of it


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CPU=1", "MEMORY attribute must be a positive integer value."),
        ("CPU=1 MEMORY=1.5", "MEMORY attribute must be a positive integer value."),
        ("MEMORY=64", "CPU attribute must be a positive float or integer value."),
        ("CPU=0 MEMORY=64", "CPU attribute must be a positive float or integer value."),
        ("CPU=1 MEMORY=64 VCPU=x", "VCPU attribute must be a positive integer value."),
        ("CPU=1 MEMORY=64 NAME=a;b", "Invalid NAME, char ';' is not allowed"),
        ("CPU=1 MEMORY=64 OS=[A=1] OS=[B=2]", "Only one OS attribute can be defined."),
        ("CPU=1 MEMORY=64 OS=[BOOT=disk0]", "Wrong OS/BOOT value. Device with DISK_ID 0 not found"),
        ("CPU=1 MEMORY=64 NIC=[NETWORK_ID=9]", "Virtual network with ID: 9 does not exist"),
        ("CPU=1 MEMORY=64 DISK=[IMAGE_ID=9]", "DISK 0: Image with ID: 9 does not exist"),
        ("CPU=1 MEMORY=64 DISK=[TYPE=fs]", "DISK 0: SIZE attribute must be a positive integer value."),
        ("CPU=1 MEMORY=64 NIC=[NETWORK_ID=0,IP=10.0.0.99]", "Cannot get IP/MAC lease from virtual network 0."),
        ("CPU=1 MEMORY=64 GRAPHICS=[PORT=99999]", "Wrong PORT number in GRAPHICS attribute"),
        ("CPU=1 MEMORY=64 NIC_DEFAULT=[NETWORK=lab]", "Attribute NETWORK is not allowed inside NIC_DEFAULT."),
        ("CPU=1 MEMORY=64 NIC_ALIAS=[NETWORK_ID=0,PARENT=x]", "NIC named x not found for alias"),
    ],
)
def test_templates_that_make_no_vm(sim, text, message):
    assert refusal(sim, text) == message
    assert sim.leases() == [] and sim.image_state() == 1
    assert len(sim.cloud.pool("VM")) == 0


def test_numbers_are_never_used_again_but_a_refused_vm_has_used_none(sim):
    first = sim.vm(hold=True)
    refusal(sim, "CPU=1")
    sim.act("terminate", first)
    assert sim.vm(hold=True) == first + 1


def test_a_vm_without_a_name(sim):
    assert sim.text(sim.vm(hold=True), "NAME") == "one-0"
    sim.call("one.template.allocate", "NAME=web CPU=1 MEMORY=64")
    vm = sim.call("one.template.instantiate", 0, "", True, "", False)
    assert sim.text(vm, "NAME") == f"web-{vm}" and sim.text(vm, "TEMPLATE/TEMPLATE_ID") == "0"


def test_what_the_owner_notes_and_what_the_vm_is_made_of(sim):
    vm = sim.vm("ROLE=web\nVCPU=2\nFEATURES=[ACPI=yes]\nINPUT=[TYPE=tablet]", hold=True)
    info = sim.info(vm)
    assert info.findtext("USER_TEMPLATE/ROLE") == "web" and info.find("USER_TEMPLATE/VCPU") is None
    assert info.findtext("TEMPLATE/VCPU") == "2" and info.findtext("TEMPLATE/FEATURES/ACPI") == "YES"
    assert info.findtext("TEMPLATE/VMID") == str(vm)


def test_boot_order_numbers_the_devices(sim):
    vm = sim.vm('OS=[BOOT="nic0,disk0"]', hold=True)
    assert (sim.text(vm, "TEMPLATE/NIC/ORDER"), sim.text(vm, "TEMPLATE/DISK/ORDER")) == ("1", "2")


def test_targets_of_disks(sim):
    cd = sim.disk_image("NAME=cd TYPE=CDROM")
    disk = f"[IMAGE_ID={sim.image}]\nDISK=[IMAGE_ID={cd}]\nDISK=[TYPE=fs,SIZE=10,FORMAT=raw]\nDISK=[TYPE=swap,SIZE=9]"
    vm = sim.vm(hold=True, DISK=disk)
    assert sim.texts("TEMPLATE/DISK/TARGET", "one.vm.info", vm) == ["sda", "hda", "sdb", "sdc"]
    assert sim.texts("TEMPLATE/DISK/TYPE", "one.vm.info", vm) == ["FILE", "CDROM", "fs", "swap"]


# --- owners


def test_networks_and_images_are_named_as_their_owner_names_them(sim):
    member(sim, "alice")
    text = "CPU=1 MEMORY=64 NIC=[NETWORK=lab]"
    message = "User 2 does not own a network with name: lab . Set NETWORK_UNAME or NETWORK_UID of owner in NIC."
    assert refusal(sim, text, user="alice") == message
    vm = sim.vm(hold=True, user="alice", NIC="[NETWORK=lab,NETWORK_UNAME=oneadmin]", DISK="[IMAGE=base,IMAGE_UID=0]")
    assert sim.text(vm, "TEMPLATE/NIC/NETWORK_ID") == "0" and sim.text(vm, "UNAME") == "alice"
    assert sim.text(vm, "TEMPLATE/DISK/IMAGE_ID") == "0"


def test_the_same_name_is_another_network_for_another_owner(sim):
    oid = sim.user("alice", 1)
    text = 'NAME=lab VN_MAD=dummy BRIDGE=b AR=[TYPE=IP4,IP="192.168.0.1",SIZE=4]'
    own = sim.network(text.replace("lab", "own"))
    sim.call("one.vn.chown", own, oid, 1)
    sim.call("one.vn.rename", own, "lab")
    sim.call("one.template.allocate", "NAME=t CPU=1 MEMORY=64 NIC=[NETWORK=lab]")
    sim.call("one.template.chmod", 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, False)
    for extra, net in (("", 0), (f"AS_UID={oid}\nAS_GID=1", own)):
        vm = sim.call("one.template.instantiate", 0, "", True, extra, False)
        assert sim.text(vm, "TEMPLATE/NIC/NETWORK_ID") == str(net)


def test_restricted_attributes_are_for_administrators(sim):
    member(sim, "alice")
    text = f"CPU=1 MEMORY=64 NIC=[NETWORK_ID={sim.net},MAC=02:00:0a:00:00:07]"
    assert refusal(sim, text, user="alice") == "User [2] : VM Template includes a restricted attribute MAC."
    vm = sim.call("one.vm.allocate", text, True)
    assert sim.text(vm, "TEMPLATE/NIC/MAC") == "02:00:0a:00:00:07"


def test_others_do_not_see_or_touch_a_vm(sim):
    member(sim, "alice")
    sim.user("bob", 1)
    vm = sim.vm(hold=True, user="alice")
    assert refused(sim, "one.vm.info", vm, user="bob").code == AUTHORIZATION
    text = f"[one.vm.action] User [3] : Not authorized to perform MANAGE VM [{vm}]."
    assert refused(sim, "one.vm.action", "release", vm, user="bob").text == text
    for user, shown in (("alice", ["0"]), ("bob", []), ("oneadmin", ["0"])):
        assert sim.texts("VM/ID", "one.vmpool.info", -2, -1, -1, -1, user=user) == shown


def test_names_of_vms_are_not_unique(sim):
    first, second = sim.vm("NAME=a", hold=True), sim.vm("NAME=a", hold=True)
    sim.call("one.vm.rename", first, "b")
    sim.call("one.vm.rename", second, "b")
    assert sim.texts("VM/NAME", "one.vmpool.info", -2, -1, -1, -1) == ["b", "b"]


def test_quotas(sim):
    oid = member(sim, "alice")
    sim.call("one.user.quota", oid, "VM=[VMS=2,CPU=-2,MEMORY=100]\nNETWORK=[ID=0,LEASES=1]\nIMAGE=[ID=0,RVMS=5]")
    first = sim.vm(hold=True, user="alice", MEMORY="40")
    over = refusal(sim, "CPU=0.1 MEMORY=80", user="alice")
    assert over == "User [2] : user [2] limit of 100 reached for MEMORY quota in VM."
    over = refusal(sim, "CPU=0.1 MEMORY=10 NIC=[NETWORK_ID=0]", user="alice")
    assert "limit of 1 reached for LEASES quota in NETWORK with ID: 0." in over
    used = sim.xml("one.user.info", oid, False)
    assert used.findtext("VM_QUOTA/VM/VMS_USED") == "1" and used.findtext("VM_QUOTA/VM/MEMORY_USED") == "40"
    assert used.findtext("NETWORK_QUOTA/NETWORK/LEASES_USED") == "1"
    assert used.findtext("IMAGE_QUOTA/IMAGE/RVMS_USED") == "1"
    sim.act("terminate", first)
    used = sim.xml("one.user.info", oid, False)
    assert used.findtext("VM_QUOTA/VM/VMS_USED") == "0" and used.findtext("NETWORK_QUOTA/NETWORK/LEASES_USED") == "0"


def test_a_vm_given_to_another_user_takes_its_quota_along(sim):
    for name in ("alice", "bob"):
        oid = member(sim, name)
        sim.call("one.user.quota", oid, "VM=[VMS=5]")
    vm = sim.vm(hold=True, user="alice")
    sim.call("one.vm.chown", vm, 3, -1)
    used = [sim.xml("one.user.info", oid, False).findtext("VM_QUOTA/VM/VMS_USED") for oid in (2, 3)]
    assert used == ["0", "1"] and sim.text(vm, "UNAME") == "bob"


# --- context


def test_context_of_networks(sim):
    net = sim.network(
        'NAME=out AR=[TYPE=IP4,IP=10.1.0.5,SIZE=3] GATEWAY=10.1.0.1 DNS="9.9.9.9" NETWORK_MASK=255.255.0.0'
    )
    found = context(sim, "NETWORK=YES", NIC=f"[NETWORK_ID={net}]")
    assert found["ETH0_IP"] == "10.1.0.5" and found["ETH0_GATEWAY"] == "10.1.0.1" and found["ETH0_DNS"] == "9.9.9.9"
    assert found["ETH0_MASK"] == "255.255.0.0" and found["ETH0_MAC"] == "02:00:0a:01:00:05"
    assert found["TARGET"] == "hda" and found["DISK_ID"] == "1"


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("$NAME", "gw"),
        ("$VMID", "0"),
        ("is $NAME!", "is gw!"),
        ("$NIC[IP]", "10.0.0.1"),
        ('$NIC[MAC, NETWORK=\\"lab\\"]', "02:00:0a:00:00:01"),
        ("$NETWORK[BRIDGE, NETWORK_ID=0]", "br0"),
        ("$USER[COLOUR]", "blue"),
        ("$IMAGE[DEV_PREFIX, IMAGE_ID=0]", "sd"),
        ("$MEMORY", "64"),
        ("$NOTHING", ""),
        ("plain", "plain"),
    ],
)
def test_variables(sim, value, result):
    sim.call("one.user.update", 0, "COLOUR=blue", 1)
    assert context(sim, f'A="{value}"', NAME="gw")["A"] == result


def test_variables_that_cannot_be_read(sim):
    text = 'CPU=1 MEMORY=64 CONTEXT=[A="$NIC[IP"]'
    assert refusal(sim, text).startswith("Error parsing: ") and "syntax error, unexpected" in refusal(sim, text)
    assert sim.leases() == []


def test_context_is_the_owners_but_for_addresses(sim):
    vm = sim.vm(CONTEXT='[NETWORK=YES,A="1"]')
    sim.call("one.vm.updateconf", vm, 'CONTEXT=[A="2",B="$NAME",NETWORK=YES]', 0)
    sim.settle()
    assert [sim.text(vm, f"TEMPLATE/CONTEXT/{name}") for name in ("A", "B", "ETH0_IP")] == [
        "2",
        f"one-{vm}",
        "10.0.0.1",
    ]
    sim.call("one.vm.updateconf", vm, 'CONTEXT=[C="3"]', 1)
    sim.settle()
    assert [sim.text(vm, f"TEMPLATE/CONTEXT/{name}") for name in ("A", "C", "TARGET")] == ["2", "3", "hda"]
    text = refused(sim, "one.vm.updateconf", vm, 'CONTEXT=[ETH0_IP="1.2.3.4"]', 1).text
    assert text.endswith("Unable to update ETH0_IP, update NIC to update network context")


def test_no_context_is_added_later(sim):
    vm = sim.vm()
    refusal = refused(sim, "one.vm.updateconf", vm, "CONTEXT=[A=1]", 0)
    assert refusal.text.endswith("Virtual machine does not have context, cannot add a new one.")


def test_a_context_that_the_guest_is_not_told_of_is_kept(sim):
    vm = sim.vm(CONTEXT="[A=1]")
    sim.fault('vm.updateconf fail="agent is gone"')
    assert sim.steps("one.vm.updateconf", vm, "CONTEXT=[A=2]", 0) == ["HOTPLUG", "RUNNING"]
    assert sim.text(vm, "TEMPLATE/CONTEXT/A") == "2" and sim.error(vm) == "UPDATECONF: agent is gone"


def test_the_owner_in_the_context(sim):
    vm = sim.vm(hold=True, CONTEXT='[OWNER="$USER[TEMPLATE]"]')
    owner = etree.fromstring(base64.b64decode(sim.text(vm, "TEMPLATE/CONTEXT/OWNER")))
    assert owner.findtext("NAME") == "oneadmin" and owner.find("TEMPLATE") is not None


def test_devices_that_are_no_vectors_are_forgotten(sim):
    names = ("DISK", "NIC", "NIC_ALIAS", "PCI", "CONTEXT", "GRAPHICS", "VIDEO", "TPM", "SCHED_ACTION")
    vm = sim.vm("\n".join(f"{name}=1" for name in (*names, "FEATURES")), hold=True, DISK="", NIC="")
    assert sim.text(vm, "USER_TEMPLATE/FEATURES") == "1"
    for name in names:
        assert sim.text(vm, f"TEMPLATE/{name}") is None and sim.text(vm, f"USER_TEMPLATE/{name}") is None


def test_a_backup_configuration_that_is_no_vector(sim):
    refusal = refused(sim, "one.vm.allocate", "CPU=1\nMEMORY=64\nBACKUP_CONFIG=1", True)
    assert refusal.text.endswith("Internal error parsing BACKUP_CONFIG attribute.")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("X", "$A[", "unexpected EOA, expecting VARIABLE at line 0, columns 34:35"),
        ("X", "$A[B,C=1", "unexpected EOA, expecting CBRACKET at line 0, columns 39:40"),
        ("FILES_DS", "$VMID", "unexpected EOA, expecting OBRACKET at line 0, columns 2:6"),
        ("FILES_DS", "$FILE[IMAGE_ID=x]", "Only images of type CONTEXT"),  # it is image 0
        ("FILES_DS", "$FILE[IMAGE_ID=9y]", "Image with ID: 9 does not exist"),
    ],
)
def test_where_variables_cannot_be_read(sim, name, text, reason):
    assert reason in refusal(sim, f'CPU=1\nMEMORY=64\nCONTEXT=[{name}="{text}"]')


def test_one_context_is_all_there_can_be(sim):
    vm = sim.vm("CONTEXT=[A=1]\nCONTEXT=[B=2]", hold=True)
    assert sim.texts("TEMPLATE/CONTEXT/A", "one.vm.info", vm) == ["1"]
    assert sim.texts("TEMPLATE/CONTEXT/B", "one.vm.info", vm) == []


def test_an_alias_that_cannot_be_has_cost_an_address(sim):
    with pytest.raises(Refused, match="incompatible with mode AUTO"):
        sim.vm("NIC_ALIAS=[NETWORK_MODE=auto,PARENT=NIC0]")
    assert sim.leases() == [] and sim.texts("AR_POOL/AR/NEXT_INDEX", "one.vn.info", sim.net) == ["1"]


# --- templates, pools


def test_a_template_made_into_a_vm_of_images_of_its_own(sim):
    sim.call("one.template.allocate", f"NAME=t CPU=1 MEMORY=64 DISK=[IMAGE_ID={sim.image}]")
    vm = sim.call("one.template.instantiate", 0, "keep", False, "", True)
    sim.settle()
    assert sim.state(vm) == "RUNNING" and sim.text(vm, "TEMPLATE/DISK/IMAGE") == "keep-disk-0"
    assert sim.image_state(int(sim.text(vm, "TEMPLATE/DISK/IMAGE_ID"))) == 8


def test_a_vm_waits_until_its_image_is_there(sim):
    image = sim.call("one.image.allocate", "NAME=late TYPE=OS PATH=/etc/hostname SIZE=8", 1)
    vm = sim.vm(settle=False, DISK=f"[IMAGE_ID={image}]")
    assert sim.state(vm) == "CLONING" and sim.image_state(image) == 9
    sim.settle()
    assert sim.state(vm) == "RUNNING" and sim.image_state(image) == 2


def test_a_vm_whose_image_fails(sim):
    sim.fault("image fail times=1")
    image = sim.call("one.image.allocate", "NAME=late TYPE=OS PATH=/etc/hostname SIZE=8", 1)
    vm = sim.vm(settle=False, DISK=f"[IMAGE_ID={image}]")
    sim.settle()
    assert sim.state(vm) == "CLONING_FAILURE" and sim.image_state(image) == 5
    assert sim.act("terminate-hard", vm) == ["DONE"]


@pytest.mark.parametrize(("state", "shown"), [(-2, "210"), (-1, "10"), (2, "0"), (3, "1"), (6, "2")])
def test_pools_by_state(sim, state, shown):
    sim.vm(hold=True), sim.vm()
    sim.act("terminate", sim.vm())
    for method in ("one.vmpool.info", "one.vmpool.infoextended"):
        assert "".join(sim.texts("VM/ID", method, -2, -1, -1, state)) == shown


def test_pools_by_number(sim):
    for _ in range(4):
        sim.vm(hold=True)
    assert sim.texts("VM/ID", "one.vmpool.info", -2, 1, 2, -1) == ["2", "1"]
    assert sim.texts("VM/ID", "one.vmpool.infoset", "3,0,99", False) == ["3", "0"]


def test_vms_can_be_stored(sim):
    vm = sim.cloud.find("VM", sim.vm(CONTEXT="[NETWORK=YES]"))
    assert pickle.loads(pickle.dumps(vm)).render() == vm.xml


def test_leases_of_ranges_of_the_network(sim):
    sim.call("one.vn.add_ar", sim.net, RANGE.replace("10.0.0.1", "10.5.0.1"))
    vm = sim.vm(hold=True, NIC=f"[NETWORK_ID={sim.net},IP=10.5.0.3]")
    assert sim.text(vm, "TEMPLATE/NIC/AR_ID") == "1" and sim.leases() == ["10.5.0.3"]


def test_a_token_needs_onegate(sim):
    assert "onegate endpoint was not defined" in refusal(sim, 'CPU=1 MEMORY=64 CONTEXT=[TOKEN="YES"]')
    sim.cloud.onegate = "http://one:5030"
    vm = sim.vm(hold=True, CONTEXT='[TOKEN="YES"]')
    assert sim.text(vm, "TEMPLATE/CONTEXT/ONEGATE_ENDPOINT") == "http://one:5030"
    assert sim.text(vm, "TEMPLATE/CONTEXT/VMID") == str(vm)
    assert sim.text(vm, "TEMPLATE/CREATED_BY") == "0"
