"""Authorization in onesim: permissions, groups, ACL rules, locks, restricted attributes, tokens."""

import itertools

import pytest

from onesim.api.dispatch import Call
from onesim.cloud.things import permissions_for
from onesim.rights.access import ADMIN, MANAGE, MANAGE_NO_LOCK, USE, Target, Visibility, allowed
from onesim.rights.acl_rules import ALL, CLUSTER, GROUP, INDIVIDUAL, TYPES, AclRule

from .cloud import PASSWORD, Cloud, Refused

AUTHORIZATION, NO_EXISTS, ACTION, INTERNAL = 0x200, 0x400, 0x800, 0x2000
USERS = 1
OWNER, COLLEAGUE, STRANGER = "alice", "bob", "carol"
NET, VM = TYPES["NET"], TYPES["VM"]
HERE = f"{INDIVIDUAL:x}"  # zone 0
BITS = {USE: 4, MANAGE: 2, ADMIN: 1}


@pytest.fixture
def sim():
    """alice and bob in the group students, carol in staff; a network of alice's."""
    sim = Cloud()
    sim.students = sim.call("one.group.allocate", "students")
    sim.staff = sim.call("one.group.allocate", "staff")
    for group in (sim.students, sim.staff):
        sim.call("one.vdc.delgroup", 0, group)  # with the rules that let its groups use all networks
    sim.uids = {
        OWNER: sim.user(OWNER, sim.students),
        COLLEAGUE: sim.user(COLLEAGUE, sim.students),
        STRANGER: sim.user(STRANGER, sim.staff),
    }
    sim.callers = {name: caller(sim, name) for name in (*sim.uids, "oneadmin")}
    sim.net = sim.network("NAME=lab")
    sim.call("one.vn.chown", sim.net, sim.uids[OWNER], sim.students)
    return sim


def caller(sim, name):
    user = sim.cloud.pool("USER").named(name)
    return Call(sim.cloud, uid=user.oid, gid=user.gid, groups=frozenset(user.groups))


def chmod(sim, octal):
    sim.call("one.vn.chmod", sim.net, *(int(bit) for bit in f"{int(octal, 8):09b}"))


def refusal(sim, method, *params, user):
    with pytest.raises(Refused) as caught:
        sim.call(method, *params, user=user)
    return caught.value.code, caught.value.text


def visible(sim, user, filter_flag=-2):
    return sim.texts("VNET/NAME", "one.vnpool.info", filter_flag, -1, -1, user=user)


def test_permissions(sim):
    for permissions, (right, bit) in itertools.product(range(0o1000), BITS.items()):
        target = Target("NET", sim.uids[OWNER], sim.students, sim.net, permissions)
        owner, group, other = permissions >> 6, permissions >> 3 & 7, permissions & 7
        expected = {OWNER: owner | group | other, COLLEAGUE: group | other, STRANGER: other, "oneadmin": 7}
        for name, bits in expected.items():
            assert allowed(sim.callers[name], right, target) == bool(bits & bit)


@pytest.mark.parametrize(
    ("uid", "gid", "umask", "octal"),
    [(0, 0, 0o177, 0o600), (5, 1, 0o137, 0o640), (5, 0, 0, 0o777), (5, 1, 0, 0o666)],
)
def test_the_permissions_of_what_is_new(uid, gid, umask, octal):
    assert permissions_for(uid, gid, umask) == octal


def test_what_users_see_of_a_pool(sim):
    chmod(sim, "600")
    assert (visible(sim, OWNER), visible(sim, COLLEAGUE), visible(sim, STRANGER)) == (["lab"], [], [])
    chmod(sim, "640")
    assert (visible(sim, COLLEAGUE), visible(sim, STRANGER)) == (["lab"], [])
    chmod(sim, "604")
    assert (visible(sim, COLLEAGUE), visible(sim, STRANGER)) == (["lab"], ["lab"])
    assert visible(sim, STRANGER, -3) == visible(sim, STRANGER, -1) == []
    assert visible(sim, STRANGER, sim.uids[OWNER]) == ["lab"]
    assert refusal(sim, "one.vnpool.info", -5, -1, -1, user=OWNER)[1] == "[one.vnpool.info] Incorrect filter_flag"


def test_a_pool_shows_what_may_be_used_and_nothing_else(sim):
    nets = [sim.network(), sim.network(), sim.network()]
    for net, octal, owner in zip(nets, ("600", "640", "604"), (OWNER, COLLEAGUE, STRANGER), strict=True):
        gid = sim.cloud.pool("USER").named(owner).gid
        sim.call("one.vn.chown", net, sim.uids[owner], gid)
        sim.call("one.vn.chmod", net, *(int(bit) for bit in f"{int(octal, 8):09b}"))
    for name in (OWNER, COLLEAGUE, STRANGER, "oneadmin"):
        call = caller(sim, name)
        usable = {net.name for net in sim.cloud.pool("NET") if allowed(call, USE, net) or net.uid == call.uid}
        assert set(visible(sim, name)) == usable


def test_refusals_say_who_and_what(sim):
    who = sim.uids[STRANGER]
    code, text = refusal(sim, "one.vn.rename", sim.net, "new", user=STRANGER)
    assert code == AUTHORIZATION
    assert text == f"[one.vn.rename] User [{who}] : Not authorized to perform MANAGE NET [{sim.net}]."
    missing = (NO_EXISTS, "[one.vn.info] Error getting virtual network [99].")
    assert refusal(sim, "one.vn.info", 99, user=STRANGER) == missing
    assert refusal(sim, "one.vn.allocate", "NAME=x", -1, user=STRANGER)[0] == AUTHORIZATION


def test_a_wrong_password_is_nobody(sim):
    for session in (f"{OWNER}:wrong", OWNER, "", f"nobody:{PASSWORD}", f":{PASSWORD}"):
        answer = sim.dispatcher.answer("one.vn.info", [session, sim.net])
        assert answer[:3] == [False, "[one.vn.info] User couldn't be authenticated, aborting call.", 0x100]


def test_a_disabled_user_is_nobody(sim):
    sim.call("one.user.enable", sim.uids[OWNER], False)
    assert sim.answer("one.user.info", -1, user=OWNER)[2] == 0x100
    sim.call("one.user.enable", sim.uids[OWNER], True)
    assert sim.answer("one.user.info", -1, user=OWNER)[0]


def test_a_token_opens_what_its_group_may(sim):
    uid, second = sim.uids[OWNER], USERS
    sim.call("one.user.addgroup", uid, second)
    token = sim.call("one.user.login", OWNER, "", 100, second, user=OWNER)
    answer = sim.dispatcher.answer("one.vn.allocate", [f"{OWNER}:{token}", "NAME=x VN_MAD=dummy BRIDGE=b", -1])
    assert answer[2] == AUTHORIZATION
    answer = sim.dispatcher.answer("one.document.allocate", [f"{OWNER}:{token}", "NAME=doc", 100])
    document = sim.cloud.get("DOCUMENT", answer[1])
    assert (document.uid, document.gid) == (uid, second)
    sim.call("one.user.login", OWNER, token, 0, -1, user=OWNER)
    assert sim.dispatcher.answer("one.user.info", [f"{OWNER}:{token}", -1])[2] == 0x100


@pytest.mark.parametrize("resource", ["one", "group", "cluster", "all"])
def test_a_rule_grants_a_right_on_what_it_names(sim, resource):
    which = {
        "one": INDIVIDUAL | sim.net, "group": GROUP | sim.students, "cluster": CLUSTER, "all": ALL,
    }[resource]  # fmt: skip
    other = sim.network()
    call = caller(sim, STRANGER)
    assert not allowed(call, MANAGE, sim.cloud.get("NET", sim.net))
    rule = sim.call(
        "one.acl.addrule", f"{INDIVIDUAL | sim.uids[STRANGER]:x}", f"{NET | which:x}", f"{USE | MANAGE:x}", HERE
    )
    assert allowed(call, MANAGE, sim.cloud.get("NET", sim.net))
    assert not allowed(call, ADMIN, sim.cloud.get("NET", sim.net))
    assert allowed(call, USE, sim.cloud.get("NET", other)) == (resource in ("cluster", "all"))
    assert ("lab" in visible(sim, STRANGER)) and Visibility(call, "NET").usable(sim.cloud.get("NET", sim.net))
    sim.call("one.acl.delrule", rule)
    assert not allowed(call, MANAGE, sim.cloud.get("NET", sim.net))


def test_a_rule_on_all_or_on_a_cluster_does_not_reach_reservations(sim):
    parent = sim.network("AR=[TYPE=IP4,IP=10.0.0.1,SIZE=10]")
    reservation = sim.call("one.vn.reserve", parent, "SIZE=2 NAME=mine")
    sim.settle()
    for which in (ALL, CLUSTER):
        sim.call("one.acl.addrule", f"{INDIVIDUAL | sim.uids[STRANGER]:x}", f"{NET | which:x}", "1", HERE)
    call = caller(sim, STRANGER)
    assert allowed(call, USE, sim.cloud.get("NET", parent))
    assert not allowed(call, USE, sim.cloud.get("NET", reservation))
    assert "mine" not in visible(sim, STRANGER)


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        ((ALL | 1, NET | ALL, 1, ALL), "when using the ALL bit, [user] ID must be 0"),
        ((0, NET | ALL, 1, ALL), "[user] is missing one of the INDIVIDUAL, GROUP or ALL bits"),
        ((ALL, ALL, 1, ALL), "[resource] type is missing"),
        ((ALL, NET, 1, ALL), "[resource] is missing one of the INDIVIDUAL, GROUP, CLUSTER or ALL bits"),
        ((ALL, VM | CLUSTER, 1, ALL), "selector can be applied only to DATASTORE, HOST and NET types"),
        ((ALL, NET | ALL, 0, ALL), "wrong [rights], it cannot be 0"),
        ((ALL, NET | ALL, 16, ALL), "wrong [rights], it cannot be bigger than 0xF"),
        ((ALL, NET | ALL, 1, GROUP | 1), "[zone] GROUP (@) bit is not supported"),
        ((ALL, NET | INDIVIDUAL | 1, 1, ALL), "[resource] INDIVIDUAL(#) selector cannot be applied to ALL zones"),
    ],
)
def test_malformed_rules(terms, fault):
    assert fault in AclRule(*terms).faults()


def test_a_rule_as_text():
    rule = AclRule(GROUP | 100, NET | VM | CLUSTER | 5, 1 | 2, ALL)
    assert rule.text() == "@100 VM+NET/%5 USE+MANAGE *"


@pytest.mark.parametrize(("level", "refused"), [(1, {USE, MANAGE, ADMIN}), (2, {MANAGE, ADMIN}), (3, {ADMIN})])
def test_a_lock_stops_its_level_and_above(sim, level, refused):
    sim.call("one.vn.lock", sim.net, level, False, user=OWNER)
    thing = sim.cloud.get("NET", sim.net)
    thing.permissions = 0o777
    for name, right in itertools.product((OWNER, "oneadmin"), (USE, MANAGE, ADMIN)):
        assert allowed(caller(sim, name), right, thing) == (right not in refused)
    assert allowed(caller(sim, OWNER), MANAGE_NO_LOCK, thing)


def test_a_lock_is_its_owners(sim):
    chmod(sim, "660")
    sim.call("one.vn.lock", sim.net, 4, False, user=OWNER)
    code, text = refusal(sim, "one.vn.unlock", sim.net, user=COLLEAGUE)
    assert (code, text) == (ACTION, "[one.vn.unlock] Cannot unlock: Lock is owned by another user")
    assert refusal(sim, "one.vn.lock", sim.net, 1, False, user=COLLEAGUE)[0] == ACTION
    sim.call("one.vn.unlock", sim.net, user=OWNER)
    sim.call("one.vn.rename", sim.net, "free", user=OWNER)


def test_restricted_attributes_are_for_administrators(sim):
    text = refusal(sim, "one.vn.update", sim.net, "VN_MAD=bridge", 1, user=OWNER)[1]
    assert "restricted attribute VN_MAD" in text
    sim.call("one.vn.update", sim.net, "VN_MAD=bridge", 1)
    sim.call("one.vn.update", sim.net, "NOTE=mine", 1, user=OWNER)


def test_only_administrators_grant_admin_rights(sim):
    code, _ = refusal(sim, "one.vn.chmod", sim.net, 1, 1, 1, 0, 0, 0, 0, 0, 0, user=OWNER)
    assert code == AUTHORIZATION
    sim.call("one.vn.chmod", sim.net, -1, -1, -1, 1, 1, 0, -1, -1, -1, user=OWNER)
    assert sim.cloud.get("NET", sim.net).permissions == 0o660


def test_rules_for_what_is_gone_go_too(sim):
    before = len(sim.cloud.acl.rules)
    sim.call("one.acl.addrule", f"{INDIVIDUAL | sim.uids[STRANGER]:x}", f"{NET | INDIVIDUAL | sim.net:x}", "1", HERE)
    sim.call("one.acl.addrule", f"{INDIVIDUAL | sim.uids[STRANGER]:x}", f"{VM | ALL:x}", "1", HERE)
    sim.call("one.vn.delete", sim.net)
    assert len(sim.cloud.acl.rules) == before + 1
    sim.call("one.user.delete", sim.uids[STRANGER])
    assert len(sim.cloud.acl.rules) == before


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("one.vn.hold", (-2, "x")),
        ("one.vn.release", (-2, "x")),
        ("one.vn.update_ar", (-2, "x")),
        ("one.group.quota", (-2, "x")),
        ("one.group.vlan", (-2, "x")),
    ],
)
def test_a_text_is_read_before_its_object_is_looked_for(method, params):
    with pytest.raises(Refused, match="Parse error"):
        Cloud().call(method, *params)


@pytest.mark.parametrize(("method", "params"), [("one.hook.retry", (-2, 1)), ("one.vrouter.detachnic", (-2, 1))])
def test_an_object_is_looked_for_before_rights_are(method, params):
    sim = Cloud()
    sim.user("alice")
    with pytest.raises(Refused, match=r"Error getting .* \[-2\]"):
        sim.call(method, *params, user="alice")


def test_a_vdc_is_of_no_cluster():
    sim = Cloud()
    vdc = sim.call("one.vdc.allocate", "NAME=x", 99)
    assert sim.texts("CLUSTERS", "one.vdc.info", vdc) == [None]
