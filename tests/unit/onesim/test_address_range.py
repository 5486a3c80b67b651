"""Address ranges of onesim: their addresses, leases, reservations and changes."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesim.errors import InternalError
from onesim.kinds.vnet import addresses
from onesim.kinds.vnet.address_range import AddressRange

IP4 = {"TYPE": "IP4", "IP": "10.0.0.10", "SIZE": "20"}
BOTH = {
    "TYPE": "IP4_6", "IP": "10.0.0.1", "MAC": "02:00:0a:00:00:01", "SIZE": "4",
    "GLOBAL_PREFIX": "2001:db8::", "ULA_PREFIX": "fd00:1::",
}  # fmt: skip
STATIC = {"TYPE": "IP6_STATIC", "IP6": "2001:db8::fffe", "PREFIX_LENGTH": "112", "MAC": "02:00:00:00:00:01"}
MACS = st.tuples(st.integers(0, 0xFFFE), st.integers(0, addresses.LOW))


def new(vector, oid=0):
    return AddressRange(dict(vector), oid)


def leased(ar, owner=1, count=1):
    """Leases the next free run to a VM; its start."""
    start = ar.free_run(count)
    for index in range(start, start + count):
        ar.lease(index, "VM", owner)
    return start


@given(MACS, st.integers(0, 1 << 20))
def test_macs_count_on_within_their_lower_part(mac, steps):
    text = addresses.write_mac(addresses.next_mac(mac, steps))
    assert addresses.read_mac(text) == (mac[0], (mac[1] + steps) % (1 << 32))


@given(st.ip_addresses(v=4), st.integers(0, 1000))
def test_addresses_follow_the_first_one(first, index):
    ar = new({"TYPE": "IP4", "IP": str(first), "SIZE": "1001"})
    address = ar.address(index)
    assert int(ipaddress.IPv4Address(address["IP"])) == (int(first) + index) % (1 << 32)
    assert addresses.read_mac(address["MAC"]) == (addresses.MAC_PREFIX, (int(first) + index) % (1 << 32))
    assert ar.index_of_mac(address["MAC"]) in (index, None)


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_is_written_as_one_that_reads_the_same(address):
    assert addresses.read_ip6(addresses.write_ip6(int(address))) == int(address)


@given(MACS, st.ip_addresses(v=6))
def test_a_host_part_is_the_eui_64_of_the_mac(mac, network):
    prefix = int(network) >> 64
    found = int(ipaddress.IPv6Address(addresses.in_prefix(prefix, mac)))
    octets = bytes.fromhex(addresses.write_mac(mac).replace(":", ""))
    eui = bytes([octets[0] ^ 2]) + octets[1:3] + b"\xff\xfe" + octets[3:]
    assert found == prefix << 64 | int.from_bytes(eui, "big")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0::1", "::1"),
        ("::a00:1", "::10.0.0.1"),
        ("::ffff:a00:1", "::ffff:10.0.0.1"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
    ],
)
def test_ipv6_addresses_are_written_as_libc_does(text, number):
    assert addresses.write_ip6(addresses.read_ip6(text)) == number


@pytest.mark.parametrize("text", ["1.2.3", "1.2.3.256", " 1.2.3.4", "1.2.3.4.5", "a.b.c.d", "٣.1.1.1", ""])
def test_no_ipv4_address(text):
    assert addresses.read_ip(text) is None


@pytest.mark.parametrize("text", ["02:00", "02:00:0g:00:00:01", "ff:ff:ff:ff:ff:ff", "02-00-0a-00-00-01"])
def test_no_mac(text):
    assert addresses.read_mac(text) is None


def test_the_addresses_of_both_families():
    assert new(BOTH).address(1) == {
        "MAC": "02:00:0a:00:00:02",
        "IP": "10.0.0.2",
        "IP6_LINK": "fe80::aff:fe00:2",
        "IP6_GLOBAL": "2001:db8::aff:fe00:2",
        "IP6_ULA": "fd00:1::aff:fe00:2",
    }


def test_a_static_range_without_size_has_all_of_its_prefix_from_its_address_on():
    ar = new(STATIC)
    assert ar.size == 0x10000 - 0xFFFE
    assert ar.address(1)["IP6"] == "2001:db8::ffff"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"TYPE": "IP5"}, "Unknown or missing address range TYPE."),
        ({"TYPE": ""}, "Unknown or missing address range TYPE."),
        ({"IP": "10.0.0"}, "Wrong or empty IP attribute"),
        ({"MAC": "02:00"}, "Wrong format for MAC attribute: 02:00"),
        ({"SIZE": "many"}, "Wrong SIZE for address range"),
        ({"SIZE": "-1"}, "Wrong SIZE for address range"),
        ({"TYPE": "IP6", "GLOBAL_PREFIX": "nowhere"}, "Wrong format for IP6 global address prefix"),
        ({"TYPE": "IP6_STATIC", "IP6": "2001:db8::1"}, "Wrong or empty PREFIX_LENGTH"),
        ({"TYPE": "ETHER", "SHARED": "YES"}, "Shared ARs can be only of type IP4 or IP6_STATIC."),
    ],
)
def test_no_range(change, refusal):
    with pytest.raises(InternalError, match=refusal.replace("(", r"\(")):
        new(IP4 | change)


def test_what_others_wrote_into_a_new_range_is_dropped():
    ar = new(IP4 | {"ALLOCATED": " 0 1", "USED_LEASES": "3", "PARENT_NETWORK_AR_ID": "2", "NEXT_INDEX": "9"})
    assert ar.used == 0 and not ar.is_reservation
    assert "ALLOCATED" not in ar.vector and ar.vector["NEXT_INDEX"] == "0"


def test_leases_go_on_from_the_last_one_and_come_round():
    ar = new(IP4 | {"SIZE": "3"})
    assert [leased(ar), leased(ar)] == [0, 1]
    ar.release(0, "VM", 1)
    assert [leased(ar), leased(ar)] == [2, 0]
    assert ar.free_run(1) is None


@given(st.sets(st.integers(0, 19)), st.integers(1, 20))
def test_a_free_run_is_free_and_found_if_there_is_one(taken, length):
    ar = new(IP4)
    for index in taken:
        ar.lease(index, "VM", 7)
    start = ar.free_run(length)
    runs = [first for first in range(21 - length) if not taken & set(range(first, first + length))]
    assert start in runs if runs else start is None


@given(st.lists(st.tuples(st.sampled_from(["lease", "release"]), st.integers(0, 19), st.integers(1, 3))))
def test_leases_are_counted_and_written_down(steps):
    ar, expected = new(IP4), {}
    for step, index, vm_id in steps:
        if step == "lease":
            ar.lease(index, "VM", vm_id)
            expected.setdefault(index, set()).add(vm_id)
        else:
            assert ar.release(index, "VM", vm_id) == (vm_id in expected.get(index, ()))
            expected.get(index, set()).discard(vm_id)
            expected = {key: owners for key, owners in expected.items() if owners}
    assert ar.used == len(expected)
    assert ar.owners("VM") == {vm_id for owners in expected.values() for vm_id in owners}
    written = ar.vector.get("ALLOCATED", "").split()
    assert [int(index) for index in written[::2]] == [index for index in sorted(expected) for _ in expected[index]]


def test_a_reservation_has_the_addresses_that_were_carved_out():
    ar = new(BOTH, oid=3)
    carved = ar.reserve(1, 2, 0, network_id=9)
    assert (carved.vector["IP"], carved.vector["MAC"], carved.size) == ("10.0.0.2", "02:00:0a:00:00:02", 2)
    assert carved.is_reservation and carved.vector["PARENT_NETWORK_AR_ID"] == "3"
    assert carved.address(1) == ar.address(2)
    assert ar.used == 2 and ar.owners("NET") == {9}
    assert ar.release_all("NET", 9) == 2 and ar.used == 0


def test_an_update_cannot_cut_leases_off():
    ar = new(IP4)
    ar.lease(15, "VM", 1)
    with pytest.raises(InternalError, match="used leases that would fall outside"):
        ar.update({"SIZE": "15"}, keep_restricted=False)
    ar.update({"SIZE": "16"}, keep_restricted=False)
    assert ar.size == 16


def test_an_update_keeps_what_makes_the_range_and_drops_the_rest():
    ar = new(IP4 | {"NOTE": "old"})
    wanted = {"TYPE": "ETHER", "IP": "1.1.1.1", "MAC": "x", "GATEWAY": "10.0.0.1", "LEASES": "y"}
    ar.update(wanted, keep_restricted=False)
    assert ar.vector["TYPE"] == "IP4" and ar.vector["IP"] == "10.0.0.10"
    assert ar.vector["GATEWAY"] == "10.0.0.1"
    assert not {"NOTE", "LEASES"} & set(ar.vector)


def test_the_size_of_a_reservation_stays():
    carved = new(IP4).reserve(0, 5, 0, network_id=1)
    with pytest.raises(InternalError, match="SIZE of a reservation"):
        carved.update({"SIZE": "6"}, keep_restricted=False)


def test_an_address_is_found_by_what_it_is_given_as():
    ar = new(BOTH)
    for index in range(ar.size):
        address = ar.address(index)
        assert ar.index_of("IP", address["IP"]) == ar.index_of("MAC", address["MAC"]) == index
    assert ar.index_of("IP", "10.0.0.5") is None
    assert ar.index_of("MAC", "03:00:0a:00:00:01") is None
    assert ar.index_of("MAC", "03:00:0a:00:00:01", strict=False) == 0


def test_only_leases_that_may_be_seen_are_shown():
    ar = new(IP4)
    ar.lease(0, "VM", 1)
    ar.lease(1, "VM", 2)
    shown = ar.full_xml(lambda kind, oid: oid == 2)
    assert "<VM><![CDATA[2]]></VM>" in shown and "<VM><![CDATA[1]]></VM>" not in shown
    assert "<USED_LEASES>2</USED_LEASES>" in shown
