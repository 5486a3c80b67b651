"""Runs that end early, by Ctrl-C or a signal: what was under way is told, and the next run completes it."""

from __future__ import annotations

from ..cloud.campaign import Campaign, Task

#: What Python makes of Ctrl-C, and what Salt makes of every signal that asks it to end.
INTERRUPTIONS = (KeyboardInterrupt, SystemExit)


def run_or_tell(campaign: Campaign) -> bool:
    """Run a campaign; returns whether it was interrupted, in which case each task that is not over says so."""
    try:
        campaign.run()
    except INTERRUPTIONS:
        for task in campaign.tasks.values():
            if not task.over:
                _end(task)
        return True
    return False


def _end(task: Task) -> None:
    when = "before it began" if task.state == "pending" else f"while {task.step}" if task.step else "at work"
    state = "skipped" if task.state == "pending" else "failed"
    task.end(state, error=f"interrupted {when}: run again to complete it")
