"""Unknown arguments."""

import pytest

from onecore.basics.arguments import refuse_unknown
from onecore.basics.errors import ArgumentError


def test_each_is_named_with_what_may_have_been_meant():
    with pytest.raises(ArgumentError) as caught:
        refuse_unknown(["vlanid", "zzz", "mtu"], {"vlan_id": 1, "mtu": 2})
    assert str(caught.value) == "Unknown argument vlanid, did you mean 'vlan_id'? Unknown argument zzz."


def test_keys_are_named_where_they_stand():
    with pytest.raises(ArgumentError, match=r"^Unknown key enrolment\.minion, did you mean 'minion_id'\?$"):
        refuse_unknown(["minion"], ("minion_id",), "enrolment.", "key")


def test_nothing_unknown():
    refuse_unknown([], ())
