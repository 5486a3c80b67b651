"""When to poll a cloud again: soon after a change, and less often while nothing changes."""

from __future__ import annotations

#: Seconds between two polls if nothing justifies more of them.
PAUSE = 0.5
#: The pauses between justified polls: short ones after a change, since more changes are likely, and the long one after
#: a while without a change.
PAUSES = (0.05, 0.1, 0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.5, 1.0)
#: For how many earlier polls a step of all procedures together pays; one procedure pays for one at most.
LOOKS_A_ROUND, LOOKS_A_STEP = 30, 2


class Pacing:
    """The budget of early polls: calls that took time have saved polls.

    now
        When the counting begins. The read that found the objects was one look.
    """

    def __init__(self, now: float):
        self._saved, self._counted = -1.0, now

    def earn(self, procedures: int) -> None:
        """Record a step of one of this number of procedures."""
        self._saved += min(LOOKS_A_STEP, LOOKS_A_ROUND / procedures)

    def until_next(self, looks: int, now: float) -> float:
        """The seconds until the next poll, after this number of polls without a change."""
        # On average one poll per pause, however they are distributed.
        self._saved += (now - self._counted) / PAUSE - 1
        self._counted = now
        soon = PAUSES[min(looks, len(PAUSES) - 1)]
        return min(max(soon, -self._saved * PAUSE), 2 * PAUSE)
