"""Runs that end early, by Ctrl-C or a signal: current operations are reported, and the next run completes them."""

from __future__ import annotations

from ..cloud.campaign import Campaign, Task

#: The exceptions of Ctrl-C in Python, and of termination signals in Salt.
INTERRUPTIONS = (KeyboardInterrupt, SystemExit)


def run_or_tell(campaign: Campaign) -> bool:
    """Run a campaign; returns whether it was interrupted, which each unfinished task then reports."""
    try:
        campaign.run()
    except INTERRUPTIONS:
        for task in campaign.tasks.values():
            if not task.over:
                _end(task)
        return True
    return False


def _end(task: Task) -> None:
    when = "before it started" if task.state == "pending" else f"while {task.step}" if task.step else "at work"
    state = "skipped" if task.state == "pending" else "failed"
    task.end(state, error=f"interrupted {when}: run again to complete it")
