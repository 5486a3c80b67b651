import pickle

import pytest

from onecore.basics import errors


def test_every_code_of_opennebula_has_an_exception_of_its_own():
    assert [hex(code) for code in errors.BY_CODE] == [hex(1 << bit) for bit in (8, 9, 10, 11, 12, 13, 14, 15, 16)]
    assert len(set(errors.BY_CODE.values())) == len(errors.BY_CODE)


@pytest.mark.parametrize("error", errors.OneError.__subclasses__())
def test_all_are_one_error_with_a_sentence_a_code_and_a_method(error):
    raised = error("no such network", code=1024, method="one.vn.info")
    assert isinstance(raised, errors.OneError)
    assert (str(raised), raised.code, raised.method) == ("no such network", 1024, "one.vn.info")


def test_code_and_method_survive_the_way_to_another_process():
    copy = pickle.loads(pickle.dumps(errors.LockedError("locked", code=0x8000, method="one.vm.update")))
    assert (str(copy), copy.code, copy.method) == ("locked", 0x8000, "one.vm.update")


@pytest.mark.parametrize(
    ("word", "hint"),
    [("endpont", ", did you mean 'endpoint'?"), ("colour", ""), (3, "")],
)
def test_did_you_mean(word, hint):
    assert errors.did_you_mean(word, ["endpoint", "timeout"]) == hint
