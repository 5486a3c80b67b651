"""An existing cloud is exported as a pillar that takes it over without a change."""

import pathlib

import pytest

from onecore.basics.errors import ArgumentError
from onecore.cloud.directory import NETWORKS
from onecore.takeover.export import write
from onecore.takeover.survey import Filters
from tests.doubles import clouds
from tests.doubles.existing import applied, exported, loaded, taken_over
from tests.doubles.simulated import Simulated


@pytest.fixture
def forty():
    simulated = Simulated()
    clouds.forty(simulated.call)
    simulated.settle()
    return simulated


@pytest.fixture
def misfits():
    simulated = Simulated()
    clouds.misfits(simulated.call, simulated.settle)
    simulated.settle()
    return simulated


@pytest.fixture
def administered():
    simulated = Simulated()
    clouds.administered(simulated.call, simulated.settle)
    simulated.settle()
    return simulated


def test_users_of_three_sorts_have_three_blueprints(forty):
    found = taken_over(forty)
    assert {name: len(each["networks"]) for name, each in found.config["blueprints"].items()} == {
        "students": 3,
        "staff": 4,
        "partners": 1,
    }
    assert found.apart == []
    users = found.config["users"]
    assert users["students00"] == {
        "blueprint": "students",
        "vlan_base": 100,
        "attributes": {"EMAIL": "students00@example.org"},
    }
    deviations = {user: each["networks"] for user, each in users.items() if "networks" in each}
    assert deviations["students03"] == {"lab": None}
    assert deviations["students05"]["dmz"]["vlan_id"] == 3900
    assert deviations["students07"] == {"lan": {"permissions": "640"}}
    assert deviations["staff02"] == {"dmz": {"dns": "9.9.9.9"}}
    assert deviations.keys() == {"students03", "students05", "students07", "students09", "staff02"}
    assert deviations["students09"]["project"]["vlan_id"] == 3901


EXAMPLE = pathlib.Path(__file__).resolve().parents[4] / "pillar/examples/schools/opennebula"


def test_the_example_is_written_down_as_it_is_declared():
    files = ["shared", "blueprints/eole", *(f"users/{user}" for user in ("alice", "basile", "camille"))]
    declared = loaded({name: (EXAMPLE / f"{name}.sls").read_text() for name in files})
    simulated = Simulated()
    assert {report.error for report in applied(simulated.connect(), declared)} == {""}
    simulated.settle()
    found = taken_over(simulated).config
    blueprint, example = found["blueprints"]["eole"], declared["blueprints"]["eole"]
    for name, network in example["networks"].items():
        assert {**network, "permissions": "600"} == blueprint["networks"][name]
    assert blueprint["quota"] == example["quota"]
    assert blueprint["gateway"]["lan"] == example["gateway"]["lan"]
    assert blueprint["gateway"]["uplink"] == example["gateway"]["uplink"]
    for user, said in declared["users"].items():
        # Labs are left alone: nobody has built any of them.
        assert found["users"][user] == {key: value for key, value in said.items() if key != "labs"}
    assert found["shared"]["groups"]["eole"].keys() == {"resources"}
    assert not {"objects", "vdcs"} & {*found, *found["shared"]}


def test_how_many_calls_it_takes(forty):
    wire = forty.wire()
    exported(forty, wire=wire)
    assert len(wire.log) <= 15


def test_how_many_calls_a_cloud_with_vdcs_and_rules_of_its_own_takes(administered):
    """One more for the names of zones, and one for each VM with scheduled actions, which its pool does not list."""
    wire = administered.wire()
    found = exported(administered, wire=wire)
    calls = [method for method, _ in wire.log]
    assert len(calls) == len(set(calls)) == 15 + 2
    assert {"one.zonepool.info", "one.vm.info"} <= set(calls)
    applied(administered.connect(), found.config)
    again = administered.wire()
    applied(administered.connect(again), found.config)
    calls = [method for method, _ in again.log]
    assert len(calls) == len(set(calls))


def test_a_network_is_said_in_short(forty):
    blueprint = exported(forty).config["blueprints"]["staff"]
    assert blueprint["vlans"] == {"phydev": "eth1"}
    assert blueprint["networks"]["voice"] == {
        "vlan": 6,
        "cidr": "10.6.0.0/24",
        "first": "10.6.0.10",
        "size": 100,
        "gateway": "10.6.0.1",
        "dns": "10.6.0.1",
        "permissions": "600",
    }


def test_what_fits_nowhere_stands_by_itself(misfits):
    found = taken_over(misfits)
    single = found.config["objects"]
    assert set(single["onevnet"]) == {"dmz"}
    assert [each["object"] for each in found.apart] == ["virtual network dmz of ben"]
    assert single["onetemplate"]["web"]["owner"] == "ben"
    assert found.config["shared"]["templates"]["web"]["owner"] == "ann"


def test_what_those_who_run_a_cloud_have_made(administered):
    found = taken_over(administered)
    shared, single = found.config["shared"], found.config["objects"]
    assert shared["clusters"] == {"blades": {}}
    assert shared["hosts"]["blade1"]["cluster"] == "blades"
    assert shared["datastores"]["fast"]["clusters"] == ["blades"]
    assert shared["vdcs"]["school"] == {
        "groups": ["team"],
        "clusters": ["blades"],
        "datastores": "ALL",
        "networks": ["wide", {"network": "lan", "owner": "ann"}],
        "description": "what team has",
    }
    assert shared["images"]["disk"]["locked"] == "USE"
    # A group without a VDC would get one if it stood among the others.
    assert single["onegroup"] == {"lonely": {"default_vdc": False}}
    assert shared["groups"]["guests"] == {"default_vdc": True, "resources": ["TEMPLATE"]}
    # It has everything else from the network that it is a part of.
    assert shared["networks"]["part"] == {
        "reserved_from": {"network": "wide", "size": 10, "first": "10.8.0.50"},
        "permissions": "600",
    }
    assert single["onevm"]["clock"]["scheduled_actions"] == {
        "action1": {"action": "poweroff", "time": 4000000000, "repeat": "weekly", "days": "1,5", "times": 9}
    }
    assert found.config["users"]["ann"]["vm_groups"]["web"]["roles"] == {
        "a": {"policy": "ANTI_AFFINED", "host_affined": ["host01"]},
        "b": {},
    }


def test_acl_rules_that_nothing_brings_along(administered):
    found = exported(administered)
    assert list(found.config["shared"]["acls"].values()) == ["@guests NET/%blades USE #OpenNebula"]
    # What is a user's is made after what is for everyone.
    assert found.config["objects"]["oneacl"] == {"#ben NET/#ann:lan USE #OpenNebula": {}}
    reasons = {row["reason"] for row in found.left if row["object"].startswith("ACL rule")}
    assert reasons == {
        "every OpenNebula has it",
        "VDC default creates it",
        "VDC school creates it",
        "OpenNebula creates it for the administrators of group team",
        "the resources of group guests create it",
    }


def test_addresses_held_by_hand_are_told(administered):
    told = [row["part"] for row in exported(administered).left if row["object"] == "virtual network lan of ann"]
    assert told == ["holds:10.3.0.20"]


def test_what_is_not_written_is_told(misfits):
    found = exported(misfits)
    told = {(row["object"], row["part"]): row["reason"] for row in found.left}
    assert told["user serveradmin", ""] == "every OpenNebula has it"
    assert "secret" in told["template secretive of ann", "context"]
    assert "template secretive of ann (ID 2): context: it is secret" in found.files["opennebula/users/ann.sls"]
    assert "s3cr3t" not in "".join(found.files.values())


def test_a_file_that_jinja_would_read_otherwise_is_kept_from_it(misfits):
    files = exported(misfits).files
    assert any("{{ twice }}" in text for text in files.values())
    assert all(text.startswith("#!yaml\n") for text in files.values() if "{{" in text)


def test_a_user_has_a_file_whatever_the_name(misfits):
    files = exported(misfits).files
    assert "joe.d" in loaded({"x": files["opennebula/users/joe_d.sls"]})["users"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(users=("ann",)), {"user", "virtual network", "template", "security group"}),
        (Filters(kinds=("onetemplate",)), {"template"}),
        (Filters(names=("dm*",)), {"virtual network"}),
        (Filters(groups=("oneadmin",)), {"virtual network"}),
        (Filters(users=("nobody",)), set()),
    ],
)
def test_filters(misfits, filters, expected):
    assert set(taken_over(misfits, filters).objects) == expected


def test_a_change_by_hand_is_found_again(forty):
    config = exported(forty).config
    applied(forty.connect(), config)
    network = next(each for each in forty.connect().pool(NETWORKS) if (each.owner, each.name) == ("staff01", "dmz"))
    forty.call("one.vn.update", network.id, 'DNS="1.1.1.1"', 1)
    reports = applied(forty.connect(), config, test=True)
    assert [(each.subject, [change.path for change in each.planned]) for each in reports if each.pending] == [
        ("virtual network dmz of staff01", ["dns"])
    ]


def test_files_are_written_and_none_is_replaced_unasked(forty, tmp_path):
    files = exported(forty).files
    write(files, str(tmp_path))
    assert loaded({name: (tmp_path / name).read_text() for name in files}) == loaded(files)
    write(files, str(tmp_path))
    mine = tmp_path / "opennebula/users/staff01.sls"
    mine.write_text("# mine\n")
    with pytest.raises(ArgumentError, match=r"staff01\.sls exists with other content"):
        write(files, str(tmp_path))
    assert mine.read_text() == "# mine\n"
    write(files, str(tmp_path), force=True)
    assert mine.read_text() == files["opennebula/users/staff01.sls"]
