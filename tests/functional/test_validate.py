"""`opennebula.validate`: its output and its exit status."""

import pytest

BLUEPRINT = {"vlans": {"driver": "bridge"}, "networks": {"lan": {}}}
SOUND = {"blueprints": {"eole": BLUEPRINT}, "users": {"alice": {"blueprint": "eole"}}}
UNREAD = "Rendering SLS 'opennebula.users.bob' failed. Please see master log for details.\nTraceback (most recent …"


@pytest.fixture
def validate(loaders, pillar):
    """The faults of a pillar, and the exit status."""

    def run(data):
        pillar(data)
        context = loaders.modules.pack["__context__"]
        context.pop("retcode", None)
        return loaders.modules.opennebula.validate(), context.pop("retcode", 0)

    return run


def test_the_exit_status_tells_of_faults(validate):
    assert validate({"opennebula": SOUND}) == ([], 0)
    faults, status = validate({"opennebula": {**SOUND, "user": {}}})
    assert faults == ["opennebula.user: unknown key; did you mean users?"]
    assert status == 1


def test_a_file_that_was_not_rendered_is_told(validate, loaders, pillar):
    told = "pillar: Rendering SLS 'opennebula.users.bob' failed. Please see master log for details."
    assert validate({"opennebula": SOUND, "_errors": [UNREAD]}) == ([told], 1)
    faulty = loaders.states.opennebula.validated("x")
    assert (faulty.result, told in faulty.comment) == (False, True)
