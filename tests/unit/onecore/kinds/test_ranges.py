"""Address ranges: the matching of declared and existing ranges, and its consequences."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecore.basics.errors import ArgumentError, RefusedError
from onecore.basics.syntax import parse
from onecore.kinds.vnet.losses import refuse_losses
from onecore.kinds.vnet.ranges import AddressRanges
from tests.doubles.fake_cloud import KINDS, cloud, described, resource

FIELD = AddressRanges("address_ranges", writer="address_ranges")
POOL = {"AR_ID": 0, "IP": "10.1.3.50", "MAC": "02:00:0a:01:03:32", "NEXT_INDEX": 0, "SHARED": "NO", "SIZE": 150}
POOL |= {"TYPE": "IP4"}


def changes(declared, *present):
    ranges = list(present)
    return list(FIELD.changes(resource("onevnet", AR_POOL={"AR": ranges}), FIELD.wanted(declared)))


def refusal(declared, *present, **pools):
    """What is said against it, if anything is."""
    network = resource("onevnet", AR_POOL={"AR": list(present)})
    try:
        refuse_losses(cloud(**pools), network, FIELD.wanted(declared))
    except RefusedError as error:
        return str(error)
    return None


VM = 0x1000000000
USED = {**POOL, "ALLOCATED": f" 4 {VM + 20} 9 {VM + 21}"}


@pytest.mark.parametrize("used", [USED, {**POOL, "USED_LEASES": 2}])
def test_addresses_in_use_are_not_taken_away(used):
    said = refusal({"pool": {"ip": "10.1.3.60", "size": 150}}, used)
    assert said.startswith("address_ranges: AR 0 (IP4, 10.1.3.50, 02:00:0a:01:03:32) would be removed, but")
    assert refusal({"pool": {"ip": "10.1.3.50", "size": 160}}, used) is None
    assert refusal({"pool": {"ip": "10.1.3.50", "size": 10}}, used) is None
    assert refusal({}, POOL) is None


ROUTER, NETWORK = 0x4000000000000, 0x4000000000


def test_whoever_has_addresses_is_named():
    holders = (VM + 20, VM + 0xFFFFFFFF, ROUTER + 7, NETWORK + 3)
    many = "".join(f" {place} {holder}" for place, holder in enumerate((*holders, *range(VM + 30, VM + 34))))
    router = described("onevrouter", 7, "edge", owner="bob")
    said = refusal([], {**POOL, "ALLOCATED": many}, onevrouter=[router], onevm=[described("onevm", 20, "web")])
    assert (
        "10.1.3.50 (VM 20 web of alice), 10.1.3.51 (held), 10.1.3.52 (virtual router 7 edge of bob), "
        "10.1.3.53 (virtual network 3), 10.1.3.54 (VM 30) and 3 more. Keep" in said
    )


def test_leases_of_one_network_are_those_of_its_pool():
    lease = {"IP": "10.1.3.54", "MAC": "02:00:0a:01:03:36", "VM": 20}
    read = {**POOL, "USED_LEASES": 1, "LEASES": {"LEASE": lease}}
    assert "in use: 10.1.3.54 (VM 20)." in refusal([], read)
    assert refusal({"pool": {"ip": "10.1.3.50", "size": 5}}, read) is None
    assert "would be cut to size 4" in refusal({"pool": {"ip": "10.1.3.50", "size": 4}}, read)


def test_addresses_of_vms_that_go_are_free_in_a_dry_run():
    network = resource("onevnet", AR_POOL={"AR": USED})
    view = cloud()
    view.announce_removal(KINDS["onevm"], 21)
    refuse_losses(view, network, FIELD.wanted({"pool": {"ip": "10.1.3.50", "size": 5}}))
    with pytest.raises(RefusedError):
        refuse_losses(view, network, FIELD.wanted({"pool": {"ip": "10.1.3.50", "size": 4}}))
    view.announce_removal(KINDS["onevm"], 20)
    refuse_losses(view, network, [])


def test_whoever_can_have_another_gives_way():
    first = {"AR_ID": 0, "TYPE": "ETHER", "SIZE": 5, "MAC": "02:00:00:00:00:01"}
    second = {"AR_ID": 1, "TYPE": "ETHER", "SIZE": 5, "MAC": "02:00:00:00:01:01"}
    declared = [{"type": "ETHER", "size": 5}, {"type": "ETHER", "size": 5, "mac": "02:00:00:00:00:01"}]
    assert changes(declared, first, second) == []


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("10.1.3.50", "address_ranges: must be a dictionary of ranges by label"),
        ({"pool": "10.1.3.50"}, r"address_ranges\.pool: must be a dictionary of attributes of an address range"),
        ({"pool": {"ip": "10.1.3.50"}}, r"address_ranges\.pool: size must be given for type IP4"),
        ({"pool": {"size": 5}}, "ip must be given"),
        (
            {"pool": {"size": 5, "type": "IP4_6_STATIC"}},
            "ip and ip6 and prefix_length must be given",
        ),
        ({"pool": {"size": 5, "ip": "10.1.3"}}, r"address_ranges\.pool\.ip: must be an IPv4 address"),
        ({"pool": {"size": 5, "ip": "fd00::1"}}, r"address_ranges\.pool\.ip: must be an IPv4 address"),
        ({"pool": {"size": 5, "ip6": "10.1.3.5"}}, r"address_ranges\.pool\.ip6: must be an IPv6 address"),
        ({"pool": {"size": 5, "ip6": "fd00::1%eth0"}}, r"address_ranges\.pool\.ip6: must be an IPv6 address"),
        ({"pool": {"size": 5, "ip6": "fd00::1"}}, "prefix_length must be given for type IP6_STATIC"),
        ({"pool": {"size": 5, "type": "ETHER", "ip": "10.1.3.5"}}, r"pool\.ip: a range of type ETHER has none"),
        ({"pool": {"size": 5, "type": "IP4", "ip": "10.1.3.5", "ip6": "fd00::1"}}, r"pool\.ip6: a range of type IP4"),
        ({"pool": {"size": 5, "type": "ETHER", "shared": True}}, r"pool\.shared: only ranges of the types IP4 and"),
        ({"pool": {"size": 0, "ip": "10.1.3.5"}}, r"address_ranges\.pool\.size: must be a whole number"),
        ({"pool": {"size": 5, "type": "IP5"}}, r"address_ranges\.pool\.type: must be one of IP4"),
        ({"pool": {"size": 5, "ip": "10.1.3.5", "mac": "x"}}, r"address_ranges\.pool\.mac: must be a MAC"),
        ({"pool": {"size": 5, "ip": "10.1.3.5", "note": {"a": 1}}}, r"address_ranges\.pool\.note: "),
        ({"pool": {"size": 5, "ip": "10.1.3.5", "IP": "10.1.3.6"}}, r"address_ranges\.pool: IP is given twice"),
        ({"pool": {"size": 5, "ip": "10.1.3.5", "ar_id": 3}}, r"address_ranges\.pool\.ar_id: OpenNebula"),
        ({"pool": {"size": 5, "ip": "10.1.3.5", "mac_end": "x"}}, r"address_ranges\.pool\.mac_end: OpenNebula"),
    ],
)
def test_ranges_that_cannot_be(declared, said):
    with pytest.raises(ArgumentError, match=said):
        FIELD.wanted(declared)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"ip": "10.0.0.1"}, "IP4"),
        ({"ip": "10.0.0.1", "mac": "02:00:00:00:00:01", "prefix_length": 64}, "IP4"),
        ({"global_prefix": "2001:db8::"}, "IP6"),
        ({"ip": "10.0.0.1", "ula_prefix": "fd00::"}, "IP4_6"),
        ({"ip6": "fd00::1", "prefix_length": 64}, "IP6_STATIC"),
        ({"ip": "10.0.0.1", "ip6": "fd00::1", "prefix_length": 64}, "IP4_6_STATIC"),
        ({"ip": "10.0.0.1", "type": "ip4"}, "IP4"),
    ],
)
def test_what_a_range_has_tells_its_type(said, kind):
    (found,) = FIELD.wanted([{"size": 2, **said}])
    assert found.type == kind


macs = st.integers(0, 3).map(lambda number: f"02:00:00:00:00:0{number}")
starts = st.integers(0, 3).map(lambda number: f"10.0.0.{number * 16}")
prefixes = st.sampled_from(["2001:db8::", "fd00::"])
sizes = st.integers(1, 9)
ranges = st.one_of(
    st.fixed_dictionaries({"size": sizes, "ip": starts}, optional={"mac": macs, "note": st.sampled_from("ab")}),
    st.fixed_dictionaries({"type": st.just("ETHER"), "size": sizes}, optional={"mac": macs}),
    st.fixed_dictionaries({"type": st.just("IP6"), "size": sizes}, optional={"mac": macs, "global_prefix": prefixes}),
    st.fixed_dictionaries({"type": st.just("IP4_6"), "size": sizes, "ip": starts}, optional={"ula_prefix": prefixes}),
    st.fixed_dictionaries({"size": sizes, "ip6": st.sampled_from(["fd00::1"]), "prefix_length": st.just(64)}),
)


class Ranges:
    """A network's ranges as the daemon keeps them."""

    def __init__(self):
        self.present, self.next = {}, 0

    def carry_out(self, change):
        method, argument = change.write
        if method == "rm_ar":
            del self.present[argument]
            return
        vector = parse(argument)["AR"]
        if method == "update_ar":
            number = int(vector["AR_ID"])
            kept = {name: self.present[number][name] for name in ("TYPE", "MAC", "SHARED", "IP", "IP6")}
            self.present[number] = {**vector, **{name: value for name, value in kept.items() if value is not None}}
            return
        filled = {"MAC": f"02:ff:00:00:00:{self.next:02x}", "SHARED": "NO", "IP": None, "IP6": None, **vector}
        self.present[self.next] = {**filled, "AR_ID": self.next}
        self.next += 1

    def become(self, declared):
        found = changes(declared, *self.told())
        for change in found:
            self.carry_out(change)
        return found

    def told(self):
        return [{name: value for name, value in each.items() if value is not None} for each in self.present.values()]


@settings(max_examples=200)
@given(st.lists(ranges, max_size=4), st.lists(ranges, max_size=4))
def test_after_the_changes_nothing_differs(first, second):
    network = Ranges()
    network.become(first)
    assert network.become(first) == []
    found = network.become(second)
    assert len(network.present) == len(second)
    assert network.become(second) == []
    assert network.become(list(reversed(second))) == []
    kinds = [change.write[0] == "rm_ar" for change in found]
    assert kinds == sorted(kinds, reverse=True), "what goes makes room before anything comes"


@given(st.lists(ranges, min_size=1, max_size=4, unique_by=str), st.data())
def test_a_range_that_stays_is_not_touched(declared, data):
    network = Ranges()
    network.become(declared)
    kept = data.draw(st.lists(st.sampled_from(declared), unique_by=str))
    assert all(change.write[0] == "rm_ar" for change in network.become(kept))
