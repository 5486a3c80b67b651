"""The texts in a context that OpenNebula reads as variables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecore.basics.variables import FILES, Names, replaced, variables
from onesim.errors import InternalError
from onesim.kinds.vm.parsing.variables import substitute

NAMES = Names.of({"TIER": "2", "RAID": {"LEVEL": "1"}, "USER_INPUTS": {"ROOT_PASSWORD": "M|password|x"}})


def meant(text, names=NAMES):
    """Whether all variables of a text stand for something."""
    return all(each.may_be_meant(names) for each in variables(text))


@pytest.mark.parametrize(
    "text",
    [
        "", "plain", r"s3\$x", "$NAME", "$VMID $UID $UNAME $GID $GNAME", "$USER[SSH_PUBLIC_KEY]", "$user[TEAM]-x",
        '$NETWORK[GATEWAY, NETWORK="dmz"]', "$NETWORK[DNS,NIC_ID=0]", '$IMAGE[SIZE, IMAGE="a b"]', "$NIC[MAC]",
        '$NIC[IP, NETWORK="dmz"]', "$NAME$NAME", "x$NAME.y", "$TIER", "$ROOT_PASSWORD", "$RAID[LEVEL]", "$DISK[SIZE]",
    ],
)  # fmt: skip
def test_known_forms(text):
    assert meant(text)


@pytest.mark.parametrize(
    "text",
    [
        "s3c$ret", "$1$xyz$Zq/a", "$UNKNOWN b", "echo $HOSTNAME", "$NAME_x", "$name", "$RAID", "$TIER[A]", "$NETWORK",
        "$NETWORK[GATEWAY]", "$IMAGE[SIZE]", "$NETWORK[GATEWAY, IP=1]", "$6$salt$hash",
    ],
)  # fmt: skip
def test_what_stands_for_nothing(text):
    assert not meant(text)


def test_names_that_nobody_knows_yet():
    assert meant("$TIER $RAID[LEVEL] $LATER $LATER[A]", None)
    assert not meant("$later", None) and not meant("$NETWORK[A]", None)


def test_variables_replaced():
    assert replaced(r"a $VMID.b \$c", {"$VMID": "3"}) == r"a 3.b \$c"
    assert replaced("$VMID $NAME", {"$VMID": "3"}) is None
    assert replaced("", {}) == ""


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ('$FILE[IMAGE="init.sh"]', True),
        ('$FILE[IMAGE="a", IMAGE_UNAME="oneadmin"] $FILE[IMAGE_ID=3]$FILE[ IMAGE_ID = "4" ]', True),
        ("init.sh", False),
        ("$FILE[IMAGE_ID=3]  $FILE[IMAGE_ID=4]", False),
        ("$FILES[IMAGE_ID=3]", False),
        ("$FILE[NAME=x]", False),
    ],
)
def test_lists_of_files(text, fits):
    assert bool(FILES.fullmatch(text)) == fits


class Machine:
    """A VM without attributes, and a cloud without anything."""

    uid = gid = 0
    uname = gname = name = "x"
    spec = template = None

    def get(self, name):
        return ""

    def vectors(self, name):
        return []

    def find(self, kind, number):
        return None


@given(st.text(alphabet='$\\[]=, "aA1_.', max_size=12))
def test_what_the_daemon_cannot_read(text):
    machine = Machine()
    machine.spec = machine.template = machine
    try:
        substitute(machine, machine, f"A={text}@^_^@B=")
    except InternalError:
        assert variables(text) is None
    else:
        assert variables(text) is not None
