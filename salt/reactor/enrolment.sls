#!py
"""
Passes the ticket of a new minion to the runner onegateway, which checks it. For the event `salt/auth`;
docs/enrolment.md describes the configuration of the master.

Every client that reaches the master can send this event with any content: it is passed on as data, and never rendered.
"""


def run():
    claim = (data.get("autosign_grains") or {}).get("opennebula_enrolment")
    shown = {"minion_id": data.get("id"), "public_key": data.get("pub"), "claim": claim}
    if data.get("act") not in ("pend", "denied") or not all(isinstance(each, str) for each in shown.values()):
        return {}
    return {
        "enrolment": {
            "runner.onegateway.admit": [{"args": [{name: value} for name, value in shown.items()]}],
        },
    }
