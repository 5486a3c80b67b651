"""The embedded OpenNebula replays the conversations of this project, which document its basic rules."""

import pytest

from tests.contract.player import FOLDER, play

SCENARIOS = sorted(FOLDER.glob("*.jsonl"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(scenario, cloud):
    play(cloud.endpoint, scenario)


def test_player_notices_every_difference(tmp_path, cloud):
    call = '{"auth": "oneadmin:opennebula", "method": "one.user.info", "params": [%d, false], "ok": %s, %s}'
    wait = (
        '{"wait": {"auth": "oneadmin:opennebula", "method": "one.user.info", "params": [0, false],'
        ' "body": "<USER><NAME>other</NAME></USER>", "timeout": 0}}'
    )
    rows = {
        "ok": call % (0, "false", '"code": 1024'),
        "code": call % (77, "false", '"code": 512'),
        "text": call % (0, "true", '"body": "<USER><NAME>other</NAME></USER>"'),
        "element": call % (0, "true", '"body": "<USER><OTHER/></USER>"'),
        "wait": wait,
    }
    for name, row in rows.items():
        scenario = tmp_path / name
        scenario.write_text(row)
        with pytest.raises(AssertionError, match=f"{name}:1: "):
            play(cloud.endpoint, scenario)
