"""Disturb every write of every story, and check that one more run has the same result as an undisturbed one.

The client is killed, the answer lost, the write late, the daemon restarted. Only IDs and times may differ afterwards,
no additional objects may exist, and no second rerun may be necessary. Exits non-zero otherwise.

    python tools/chaos.py [--every N] [STORY …]
"""

from __future__ import annotations

import argparse
import multiprocessing
import pathlib
import sys
import time
from collections import Counter

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "salt" / "_utils")]

from tests.chaos.disturbances import Case, cases, disturb, prepare  # noqa: E402
from tests.chaos.stories import stories  # noqa: E402

#: The chapters of each story after an undisturbed run; the processes for the cases inherit them.
PREPARED: dict[str, dict] = {}


def main() -> None:
    told = stories()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="try only each N-th case")
    parser.add_argument("story", nargs="*", default=list(told), help=f"one of: {', '.join(told)}")
    options = parser.parse_args()
    began, every, writes = time.monotonic(), [], 0
    for name in options.story:
        PREPARED[name] = prepare(told[name])
        writes += sum(len(chapter.writes) for chapter in PREPARED[name].values())
        every += cases(name, PREPARED[name])
    every = every[:: options.every]
    wrong = Counter()
    with multiprocessing.get_context("fork").Pool() as pool:
        for number, (case, found) in enumerate(pool.imap(tried, every, chunksize=8), 1):
            if number % 200 == 0:
                print(f"  {number} of {len(every)}", flush=True)
            wrong.update(sort(each) for each in found)
            for each in found:
                print(f"{case} ({PREPARED[case.story][case.chapter].writes[case.at]}): {each}", flush=True)
    sorts = Counter(case.what for case in every)
    print(
        f"chaos: {len(options.story)} stories, {writes} writes, {len(every)} disturbances "
        f"({', '.join(f'{number} {what}' for what, number in sorts.items())}): "
        f"{wrong['differences']} differences, {wrong['leftovers']} leftovers, {wrong['reruns']} reruns that failed; "
        f"{time.monotonic() - began:.0f} s"
    )
    sys.exit(bool(wrong))


def tried(case: Case) -> tuple[Case, list[str]]:
    """What a case leaves that should be otherwise."""
    return case, disturb(PREPARED[case.story][case.chapter], case)


def sort(difference: str) -> str:
    """The category of a difference."""
    return {"the rerun": "reruns", "left over": "leftovers"}.get(difference.partition(":")[0], "differences")


if __name__ == "__main__":
    main()
