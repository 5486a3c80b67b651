"""VMs: behaviour that case files cannot express."""

import pytest

from onecore.basics.errors import ArgumentError
from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.engine.removal import remove
from onecore.kinds.vm import waits as vm_waits
from onecore.kinds.vm.kind import VM
from tests.doubles import fake_vms
from tests.doubles.fake_cloud import KINDS, FakeCloud, cloud_of, described

USERS = [
    described("oneuser", 0, "oneadmin", GID=0, GNAME="oneadmin", GROUPS={"ID": [0]}),
    described("oneuser", 2, "alice", GID=1, GNAME="users", GROUPS={"ID": [1]}),
]
RANGE = {"AR": [{"AR_ID": 0, "TYPE": "IP4", "IP": "10.0.0.1", "SIZE": 100}]}
NETWORKS = [
    described("onevnet", number, "dmz1", owner=owner, AR_POOL=RANGE) for number, owner in ((9, "alice"), (10, "bob"))
]
TEMPLATE = described("onetemplate", 3, "server", owner="oneadmin", mode="604", TEMPLATE={"CPU": "1", "MEMORY": "64"})


def setup(*vms):
    fake = FakeCloud(oneuser=USERS, onevnet=NETWORKS, onetemplate=[TEMPLATE], onevm=vms)
    return fake, cloud_of(fake)


def vm(**content):
    inner = {"CPU": "1", "MEMORY": "64", **content.pop("TEMPLATE", {})}
    ours = {"USER_TEMPLATE": {"SALT_MANAGED": "sls/alice"}, **content}
    return described("onevm", 20, "gw", **{"STATE": 3, "LCM_STATE": 3, "TEMPLATE": inner, **ours})


def present(cloud, **values):
    values = {"template": "server", "template_owner": "oneadmin", **values}
    (report,) = converge(cloud, KINDS, [Desired("onevm", "gw", "alice", values, "sls/alice")])
    return report


def order(**values):
    return VM.order(Desired("onevm", "gw", None, values), "oneadmin")


READABLE = ["$NAME", "$A$B", 'a $NIC[IP, NETWORK="x y"] b', "$NETWORK[DNS,NETWORK_ID=3]", "\\$5", "C:\\x\\", "$A;"]
UNREADABLE = ["5$ and", "$", "$$", "$A = 1", "$A, b", "$A]", "$A[", "$A\nb", "${HOME}", "$(date)", "$A[B]c"]


@pytest.mark.parametrize("text", READABLE)
def test_variables_in_the_context(text):
    assert order(context={"a": text}).wanted["context"] == {"A": text}


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_opennebula_cannot_read_in_a_context(text):
    with pytest.raises(ArgumentError, match=r"context:SCRIPT: OpenNebula takes each '\$' for the start of a variable"):
        order(context={"script": text})


@pytest.mark.parametrize("name", ["DISK", "NIC_ALIAS", "PCI", "TEMPLATE_ID", "vcpu_max", "topology"])
def test_what_only_a_template_can_say(name):
    with pytest.raises(ArgumentError, match=rf"attributes\.{name}: .*template"):
        order(attributes={name: {"A": "1"}})


@pytest.mark.parametrize("given", [["2G"], {"a": 1}, {0: "big"}, {0: 1, "0": 2}, {-1: 5}])
def test_sizes_of_disks_that_cannot_be(given):
    with pytest.raises(ArgumentError, match=r"^disks"):
        order(disks=given)


@pytest.mark.parametrize(
    ("nic", "said"),
    [
        *(({"network": name}, r"nics\[0\]\.network") for name in (None, "", 11, ["dmz1"])),
        *(({"network": "dmz1", "owner": name}, "name of a user") for name in (3, ["bob"], "a:b")),
        *(
            ({"network": "dmz1", key: 3}, rf"nics\[0\]\.{key}: name the network")
            for key in ("network_uid", "network_id")
        ),
    ],
)
def test_nics_that_cannot_be(nic, said):
    with pytest.raises(ArgumentError, match=said):
        order(nics=[nic])


def test_a_vm_that_does_not_move(monkeypatch):
    monkeypatch.setattr(vm_waits, "DEPARTURE", 0)
    _, cloud = setup(vm())
    assert present(cloud, power="poweroff").error == (
        "waited 0 s for the first step to poweroff; the last state seen was RUNNING"
    )


def test_a_vm_that_is_made_is_looked_at_again():
    """Its template may have been changed a moment before."""
    fake, cloud = setup()

    def instantiate(*params):
        nic = {"NIC_ID": 0, "NETWORK_ID": 10, "NETWORK": "dmz1"}
        fake.objects["onevm"][20] = vm(TEMPLATE={"NIC": [nic]}, USER_TEMPLATE={"SALT_MANAGED": "sls/alice/onevm/gw"})
        return 20

    fake.answers["one.template.instantiate"] = instantiate
    report = present(cloud)
    assert "NIC 0: virtual network dmz1 of bob (ID 10) is not shared with alice" in report.error
    assert report.result(test=False) is False


def test_an_address_of_a_range_that_is_to_come():
    _, cloud = setup()
    network = Desired("onevnet", "dmz1", "alice", {"address_ranges": {"more": {"ip": "10.0.9.1", "size": 5}}}, own=True)
    values = {"template": "server", "nics": [{"network": "dmz1", "ip": "10.0.9.5"}]}
    reports = converge(cloud, KINDS, [network, Desired("onevm", "web", "alice", values)], test=True)
    assert [report.error for report in reports] == ["", ""]


def test_many_are_powered_off_meanwhile_side_by_side():
    def looks(many):
        names = [f"vm{number}" for number in range(many)]
        vms = [fake_vms.vm(number, name) for number, name in enumerate(names)]
        fake, cloud = fake_vms.cloud_with(*vms, oneuser=USERS)
        declared = {"on_change": "poweroff", "memory": 128}
        wanted = [Desired("onevm", name, "alice", declared, "sls/alice", adopt=True) for name in names]
        assert [report.error for report in converge(cloud, KINDS, wanted)] == [""] * many
        assert {each["TEMPLATE"]["MEMORY"] for each in fake.objects["onevm"].values()} == {"128"}
        return fake.looks

    assert looks(20) <= looks(2)


@pytest.mark.parametrize(("kind", "action"), [(VM, "terminate-hard"), (VM.gentle, "terminate")])
def test_its_guest_is_told_of_its_end_only_where_that_is_wanted(kind, action):
    fake, cloud = setup(vm(USER_TEMPLATE={"SALT_MANAGED": "sls/alice/onevm/gw"}))
    fake.answers["one.vm.action"] = lambda action, number: fake.objects["onevm"].pop(number) and number
    assert remove(cloud, kind, "gw", "alice").error == ""
    assert fake.writes == [("one.vm.action", action, 20)]


def test_a_dry_run_knows_which_addresses_a_network_will_have():
    ours = {"SALT_MANAGED": "sls/alice", "VN_MAD": "bridge"}
    network = described("onevnet", 9, "dmz1", owner="alice", AR_POOL=RANGE, TEMPLATE=ours)
    fake = FakeCloud(oneuser=USERS, onevnet=[network], onetemplate=[TEMPLATE])
    ranges = {"a": {"ip": "10.0.0.1", "size": 100}, "b": {"ip": "10.5.0.1", "size": 9}}

    def dry(address, *kept):
        declared = {"driver": "bridge", "address_ranges": {label: ranges[label] for label in kept}}
        nics = [{"network": "dmz1", "ip": address}]
        wanted = [
            Desired("onevnet", "dmz1", "alice", declared, "sls/alice"),
            Desired("onevm", "gw", "alice", {"template": "server", "template_owner": "oneadmin", "nics": nics}, "sls"),
        ]
        return converge(cloud_of(fake), KINDS, wanted, test=True)[1].error

    assert dry("10.0.0.5", "a", "b") == ""
    assert dry("10.5.0.5", "a", "b") == ""
    assert "10.0.0.5 is in no address range" in dry("10.0.0.5", "b")
