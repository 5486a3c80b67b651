"""When to poll a cloud again: soon after a change, and less often while nothing changes."""

from __future__ import annotations

#: Seconds between two looks, as long as there is nothing to pay for more of them.
PAUSE = 0.5
#: The pauses where there is; the short ones after something has happened, since more is then to come, and the long one
#: after a while without any news.
PAUSES = (0.05, 0.1, 0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.5, 1.0)
#: For how many looks that come sooner a step of every procedure pays, and one of them at most.
LOOKS_A_ROUND, LOOKS_A_STEP = 30, 2


class Pacing:
    """How many looks may come sooner than a pause would have it: what the time that calls took has saved.

    now
        When the counting begins. The read that found the objects was one look.
    """

    def __init__(self, now: float):
        self._saved, self._counted = -1.0, now

    def earn(self, procedures: int) -> None:
        """One of so many procedures has made a step."""
        self._saved += min(LOOKS_A_STEP, LOOKS_A_ROUND / procedures)

    def until_next(self, looks: int, now: float) -> float:
        """How long to wait for the next look, after so many that saw nothing new."""
        # One look a pause on the whole, however they are spread.
        self._saved += (now - self._counted) / PAUSE - 1
        self._counted = now
        soon = PAUSES[min(looks, len(PAUSES) - 1)]
        return min(max(soon, -self._saved * PAUSE), 2 * PAUSE)
