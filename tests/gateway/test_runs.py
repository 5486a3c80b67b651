"""Runs of the formula: repeated, dry, after a change, with an error, failing halfway, and removal."""

import json
import os
import re
import signal
import time

import pytest

from .conftest import NETWORKS, PREFIXES, ROUTER, mac
from .guest import Failed, changes

WINDOWS, RIE = "192.168.253.60", "192.168.227.60"
RULES = ("nft", "--stateless", "list", "ruleset")


def state(infrastructure):
    """Everything that a run may change: files (that of the server's number is one), rules, addresses, routes."""
    run = infrastructure.gateway.run
    return {
        "files": infrastructure.guest.files(),
        "rules": run(*RULES).stdout,
        "addresses": [(link["ifname"], link["addr_info"]) for link in json.loads(run("ip", "-j", "address").stdout)],
        "routes": run("ip", "route").stdout,
        "forwarding": run("sysctl", "--values", "net.ipv4.ip_forward").stdout,
    }


def without_leases(found):
    """The same without what machines do on their own while a test looks."""
    files = {name: text for name, text in found["files"].items() if not name.endswith(".leases")}
    for _, addresses in found["addresses"]:
        for each in addresses:
            each.pop("valid_life_time", None), each.pop("preferred_life_time", None)
    return {**found, "files": files}


def unnumbered(found):
    """The same without the number of the process that serves."""
    return {**found, "files": {name: text for name, text in found["files"].items() if not name.endswith(".pid")}}


def gone(machine):
    """Whether nothing runs on a machine any more; what has been told to end takes its time."""
    end = time.monotonic() + 10
    while machine.processes() and time.monotonic() < end:
        time.sleep(0.05)
    return machine.processes() == {}


def test_the_first_run_says_what_it_has_changed(alice):
    changed = changes(alice.first_run)
    # The machine that the proof is made on may have another manager, too.
    assert set(changed["gateway configuration"]) - {"NetworkManager"} == {"firewall", "networkd", "network", "dnsmasq"}
    assert changed["gateway forwarding"] == {"net.ipv4.ip_forward": 1}


def test_a_dry_run_before_the_first_one_knows_what_it_will_change(alice):
    told, done = changes(alice.first_dry_run), changes(alice.first_run)
    assert told["gateway configuration"] == done["gateway configuration"]
    assert all(each["result"] is not False for each in alice.first_dry_run.values())


def test_a_second_run_changes_nothing(alice):
    before = without_leases(state(alice))
    assert changes(alice.guest.apply()) == {}
    assert without_leases(state(alice)) == before


def test_a_dry_run_says_what_a_run_changes_and_changes_nothing(restored, declare):
    declare("alice", "{policy: {academie: {windows: {tcp: [445]}}}, apt_proxy: 'http://192.168.230.1:3142'}")
    before = without_leases(state(restored))
    told = changes(restored.guest.apply(test=True))
    assert without_leases(state(restored)) == before
    assert list(told) == ["gateway apt proxy", "gateway configuration"]
    done = changes(restored.guest.apply())
    assert done["gateway configuration"] == told["gateway configuration"]
    proxy = (restored.guest.folder / "etc/apt/apt.conf.d/60onegateway").read_text(encoding="utf-8")
    assert proxy == 'Acquire::http::Proxy "http://192.168.230.1:3142";\n'


def test_a_new_policy_holds_and_established_connections_go_on(restored, declare):
    inside = restored.academie.serve("hold", WINDOWS, 22)
    outside = restored.windows.serve("hold", ROUTER, 80)
    declare("alice", "{policy: {academie: {windows: deny, RIE: {tcp: [22]}}, windows: {uplink: deny}}}")
    assert list(changes(restored.guest.apply())) == ["gateway configuration"]
    assert restored.academie.talk("ask", WINDOWS, 22) == ""
    assert restored.academie.talk("ask", RIE, 80) == ""
    assert restored.academie.talk("ask", RIE, 22) == "alice-RIE 192.168.0.60"
    assert restored.windows.talk("ask", ROUTER, 80) == ""
    for process, answer in ((inside, "alice-windows 192.168.0.60"), (outside, f"router {restored.uplink}")):
        process.stdin.write("again\n")
        process.stdin.flush()
        assert process.stdout.readline().strip() == answer


BAD = """{
    policy: {acadmie: {RIE: allow}, RIE: {windws: allow, dmz1: allow}},
    forwards: {web: {to: 192.168.9.9}, log: {port: 8081, to: 192.168.0.1}},
    dhcp: {academie: {first: 192.168.0.100, size: 20}},
    hosts: {scribe: 10.0.0.1}, aptproxy: none}"""
FAULTS = [
    "aptproxy: unknown key; did you mean apt_proxy?",
    "policy.acadmie: there is no network acadmie; did you mean academie?",
    "policy.RIE.windws: there is no network windws; did you mean windows?",
    "policy.RIE.dmz1: the gateway does not join network dmz1; see gateway.lan",
    "forwards.web.to: 192.168.9.9 is on no network of the gateway "
    "(academie 192.168.0.0/24, RIE 192.168.227.0/24, windows 192.168.253.0/24)",
    "forwards.log.to: 192.168.0.1 is the gateway's own address on network academie",
    "dhcp.academie.first: its addresses overlap those of range pool, which OpenNebula leases",
    "hosts.scribe: 10.0.0.1 is on no network of the gateway "
    "(academie 192.168.0.0/24, RIE 192.168.227.0/24, windows 192.168.253.0/24)",
]


def test_a_bad_pillar_is_refused_with_every_fault_and_nothing_is_changed(alice, declare):
    declare("alice", " ".join(BAD.split()))
    before = without_leases(state(alice))
    with pytest.raises(Failed) as refusal:
        alice.guest.apply()
    told = str(refusal.value)
    assert "8 errors" in told
    for fault in FAULTS:
        assert f"opennebula.users.alice.gateway.{fault}" in told
    assert without_leases(state(alice)) == before


def test_what_would_cut_off_the_master_is_refused(alice, declare):
    declare("alice", "{policy: {gateway: {uplink: {tcp: [80, 4505], udp: [53]}}}}")
    before = without_leases(state(alice))
    with pytest.raises(Failed, match=re.escape(f"cut the minion off from its master, tcp port 4506 of {ROUTER}")):
        alice.guest.apply()
    assert without_leases(state(alice)) == before


def test_a_gateway_that_may_reach_its_master_and_little_else(restored, declare):
    declare("alice", "{policy: {gateway: {uplink: {tcp: [4505, 4506]}}}}")
    restored.guest.apply()
    assert restored.gateway.talk("ask", ROUTER, 4505) == f"router {restored.uplink}"
    assert restored.gateway.talk("ask", ROUTER, 80) == ""


def test_an_interface_that_is_not_there_is_a_fault(alice, declare):
    declare("alice", "{lan: [academie, RIE, windows, dmz1, pedago1]}")
    with pytest.raises(Failed) as refusal:
        alice.guest.apply()
    for name, address in (("dmz1", "10.1.3.1"), ("pedago1", "10.1.2.1")):
        assert f"network {name}: this machine has no interface for {address}" in str(refusal.value)


def test_what_cannot_be_loaded_is_taken_back(restored, declare):
    """The server refuses to start with the new configuration; its unit is not the formula's for the moment."""
    unit = restored.guest.folder / "etc/systemd/system/onegateway-dnsmasq.service"
    told = unit.read_text(encoding="utf-8")
    picky = "ExecStartPre=grep -q school.internal /etc/onegateway/dnsmasq.conf"
    unit.write_text(re.sub("ExecStartPre=.*", picky, told), encoding="utf-8")
    before = without_leases(state(restored))
    declare("alice", "{dns: {domain: other.internal}, policy: {academie: {windows: deny}}}")
    single = restored.guest.call("state.single", "onegateway.configured", "x")
    (outcome,) = single.values()
    assert outcome["result"] is False
    assert "onegateway-dnsmasq does not start; everything is as it was before" in outcome["comment"]
    after = without_leases(state(restored))
    assert unnumbered(after) == unnumbered(before)
    assert restored.academie.talk("ask", WINDOWS, 80) == "alice-windows 192.168.0.60"
    assert restored.windows.talk("resolve", "192.168.253.1", "scribe.school.internal") == "192.168.0.60"


def test_a_vm_of_a_lab_has_its_name_and_its_address(world, restored, declare, lease):
    declare("alice", "{}", labs="{office: {mail: {template: server, nics: [{network: academie, ip: 192.168.0.75}]}}}")
    restored.guest.apply()
    mail = world.machine("mail")
    world.plug(mail, "eth0", "onebr.100", mac=mac("192.168.0.75"))
    assert lease(mail)[0] == "192.168.0.75"
    assert restored.windows.talk("resolve", "192.168.253.1", "mail.school.internal") == "192.168.0.75"
    assert "192.168.0.75,mail" in (restored.guest.folder / "etc/onegateway/dnsmasq.conf").read_text(encoding="utf-8")


def test_a_vm_of_a_lab_with_the_address_of_a_host_has_both_names(restored, declare, lease):
    declare("alice", "{}", labs="{office: {mail: {template: server, nics: [{network: academie, ip: 192.168.0.60}]}}}")
    restored.guest.apply()
    for name in ("mail", "scribe"):
        assert restored.windows.talk("resolve", "192.168.253.1", f"{name}.school.internal") == "192.168.0.60"
    assert lease(restored.academie)[0] == "192.168.0.60"


def test_a_network_that_the_gateway_leaves_loses_its_address(restored, declare):
    declare(
        "alice",
        "{lan: [academie, windows], policy: {academie: {RIE: null}}, dhcp: {RIE: null}}",
    )
    restored.guest.apply()
    assert not restored.RIE.pings("192.168.227.1")
    assert restored.academie.pings("192.168.0.1")
    assert "192.168.227" not in restored.gateway.run("ip", "address").stdout


@pytest.mark.parametrize(
    "damage",
    [
        (
            ("nft", "add", "rule", "inet", "onegateway", "forward", "accept"),
            ("ip", "address", "delete", "192.168.227.1/24", "dev", "lan8"),
        ),
        (
            ("ip", "route", "add", "default", "dev", "lan8", "metric", "5"),
            ("nft", "delete", "table", "inet", "onegateway"),
        ),
        (("nft", "flush", "ruleset"), ("sysctl", "--write", "net.ipv4.ip_forward=0")),
    ],
    ids=("rule and address", "route and table", "everything"),
)
def test_what_somebody_else_has_changed_is_put_right(alice, damage):
    before = without_leases(state(alice))
    for command in damage:
        alice.gateway.run(*command)
    changed = changes(alice.guest.apply())
    assert without_leases(state(alice)) == before
    assert sum(len(each) for each in changed.values()) == 2
    assert alice.RIE.talk("ask", ROUTER, 80) == f"router {alice.uplink}"


def test_what_ifupdown_has_undone_its_script_does_again(alice):
    alice.gateway.run("ip", "address", "flush", "dev", "lan8")
    assert not alice.RIE.pings("192.168.227.1")
    # ifupdown cannot bring an interface up that has its address: those whose turn has not come are left to it.
    alice.guest.run("env", "IFACE=net7", "/etc/network/if-up.d/onegateway")
    assert not alice.RIE.pings("192.168.227.1")
    alice.guest.run("env", "IFACE=lan8", "/etc/network/if-up.d/onegateway")
    assert alice.RIE.pings("192.168.227.1")


def test_a_server_that_has_died_is_started(alice):
    (pid,) = alice.gateway.processes()
    os.kill(pid, signal.SIGKILL)
    assert changes(alice.guest.apply())["gateway configuration"] == {
        "dnsmasq": {"old": "not in force", "new": "in force"}
    }
    assert alice.academie.talk("resolve", "192.168.0.1", "scribe.school.internal") == "192.168.0.60"


def assert_nothing_is_written_while_a_tool_refuses(guest):
    picky = guest.folder / "picky"
    picky.write_text("#!/bin/sh\necho no such name >&2\nexit 1\n", encoding="utf-8")
    picky.chmod(0o755)
    guest.instead["/usr/sbin/dnsmasq"] = picky
    with pytest.raises(Failed, match=r"Nothing was changed: dnsmasq: .*: no such name"):
        guest.apply()
    assert guest.files() == guest.pristine


def test_clean_leaves_nothing(basile):
    guest, run = basile.guest, basile.gateway.run
    try:
        assert changes(guest.apply("gateway.clean"))
        left = {name: text for name, text in guest.files().items() if guest.pristine.get(name) != text}
        assert left == {}
        assert guest.files().keys() == guest.pristine.keys()
        assert run(*RULES).stdout == ""
        assert not any(prefix in run("ip", "address").stdout for prefix in PREFIXES.values())
        assert gone(basile.gateway)
        assert run("sysctl", "--values", "net.ipv4.ip_forward").stdout == "0\n"
        assert changes(guest.apply("gateway.clean")) == {}
        assert_nothing_is_written_while_a_tool_refuses(guest)
    finally:
        guest.instead.clear()
        guest.apply()
    assert all(getattr(basile, name).pings(f"{PREFIXES[name]}.1") for name in NETWORKS)
