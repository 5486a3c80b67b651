import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from onecore.basics.errors import AnswerError
from onecore.basics.values import LARGEST
from onecore.cloud.resource import LARGEST_ID, Resource, Vector
from onecore.cloud.vm_states import deployments, name

VM = """
<VM><ID>7</ID><NAME>web</NAME><UNAME>alice</UNAME><UID> 2 </UID><STATE>3</STATE><STIME>1700000000</STIME>
<TEMPLATE><NIC><NIC_ID>0</NIC_ID><IP>10.0.0.5</IP><SIZE>-1</SIZE><USED>4 -1 7</USED><NONE/></NIC>
<DISK>text</DISK></TEMPLATE>
<USER_TEMPLATE><NOTE>a text</NOTE><PAIR><A>b</A></PAIR></USER_TEMPLATE>
<SNAPSHOTS><DISK_ID>1</DISK_ID><SNAPSHOT><ID>3</ID></SNAPSHOT><SNAPSHOT><ID>4</ID></SNAPSHOT></SNAPSHOTS>
<HISTORY_RECORDS><HISTORY><SEQ>0</SEQ></HISTORY><HISTORY><SEQ>1</SEQ></HISTORY></HISTORY_RECORDS></VM>
"""


def vm(**changed):
    """The VM, with other texts at some places."""
    element = etree.fromstring(VM)
    for path, text in changed.items():
        element.find(path.replace("__", "/")).text = text
    return Resource(element, "USER_TEMPLATE", method="one.vm.info")


def test_what_is_as_it_should_be():
    found = vm()
    assert (found.id, found.uid, found.gid, found.state, found.moment("STIME")) == (7, 2, 0, 3, 1700000000)
    (nic,) = found.vectors("TEMPLATE/NIC")
    assert nic == {"NIC_ID": "0", "IP": "10.0.0.5", "SIZE": "-1", "USED": "4 -1 7", "NONE": ""}
    assert (nic.number("NIC_ID"), nic.number("SIZE"), nic.numbers("USED"), str(nic.address("IP"))) == (
        *(0, -1, [4, -1, 7]), "10.0.0.5",
    )  # fmt: skip
    assert (nic.number("NONE", 5), nic.number("OTHER", 5), nic.address("NONE"), nic.numbers("OTHER")) == (
        5,
        5,
        None,
        [],
    )
    assert nic.having(IP="").address("IP") is None
    assert [(disk["DISK_ID"], each.number("ID")) for disk, each in found.nested("SNAPSHOTS", "SNAPSHOT")] == [
        ("1", 3),
        ("1", 4),
    ]
    assert (found.attribute("NOTE"), found.attribute("PAIR"), found.attribute("OTHER")) == ("a text", "", "")
    assert deployments(found) == 2
    assert found.bits("UID") == 2


FAULTS = {
    "STATE": lambda found: found.state,
    "UID": lambda found: found.bits("UID") if found.text("UID") == "0xg" else found.uid,
    "STIME": lambda found: found.moment("STIME"),
    "HISTORY_RECORDS/HISTORY/SEQ": deployments,
    "TEMPLATE/NIC/NIC_ID": lambda found: next(found.vectors("TEMPLATE/NIC")).number("NIC_ID"),
    "TEMPLATE/NIC/USED": lambda found: next(found.vectors("TEMPLATE/NIC")).numbers("USED"),
    "TEMPLATE/NIC/IP": lambda found: next(found.vectors("TEMPLATE/NIC")).address("IP"),
    "SNAPSHOTS/SNAPSHOT/ID": lambda found: [each.number("ID") for _, each in found.nested("SNAPSHOTS", "SNAPSHOT")],
}


@pytest.mark.parametrize("text", ["x", "1.5", "9" * 30, "9" * 5000, "²", "1_0", "0xg", "- 1", "x" * 100_000])
@pytest.mark.parametrize("path", FAULTS)
def test_what_cannot_be_is_told_with_call_object_and_place(path, text):
    with pytest.raises(AnswerError) as caught:
        FAULTS[path](vm(**{path: text}))
    said = str(caught.value)
    assert said.startswith(f"OpenNebula answered one.vm.info with VM 7 (web), whose {path} is '")
    assert len(said) < 300


@pytest.mark.parametrize("text", ["", "x", "-1", str(LARGEST_ID + 1), None])
def test_an_object_has_a_number(text):
    with pytest.raises(AnswerError, match=r"one\.vm\.info with VM \(web\), whose ID is '.*' and not a whole number"):
        vm(ID=text)


def test_what_a_vector_lacks_is_told():
    found = vm()
    (nic,), (disk,) = found.vectors("TEMPLATE/NIC"), found.vectors("TEMPLATE/DISK")
    assert disk == {}
    for look in (lambda: nic["MAC"], lambda: nic.number("MAC"), lambda: disk["DISK_ID"], lambda: disk.number("SIZE")):
        with pytest.raises(AnswerError, match=r"with VM 7 \(web\), which has no TEMPLATE/(NIC|DISK)/\w+\.$"):
            look()


def test_a_time_is_one_of_a_calendar():
    with pytest.raises(AnswerError):
        vm(STIME="253402300800").moment("STIME")


def test_a_state_that_a_later_release_may_add_has_a_name():
    assert [name((3, -1)), name((3, 999)), name((-1, 0))] == ["LCM_STATE -1", "LCM_STATE 999", "STATE -1"]


@given(st.text())
def test_a_number_is_a_number_or_an_error(text):
    vector = Vector({"SIZE": text})
    try:
        assert -LARGEST <= vector.number("SIZE", 0) <= LARGEST
    except AnswerError as error:
        assert len(str(error)) < 300


def test_a_hardware_address():
    vector = Vector({"MAC": "02:00:0A:00:00:01", "NONE": "", "ODD": "0x"}, "one.vn.info 3", "AR")
    assert (vector.hardware("MAC"), vector.hardware("NONE"), vector.hardware("LEFT_OUT")) == (
        0x02000A000001,
        None,
        None,
    )
    with pytest.raises(AnswerError, match="a hardware address"):
        vector.hardware("ODD")
