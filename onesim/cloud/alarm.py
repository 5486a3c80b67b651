"""The alarm that wakes the scheduler: it rings a while after the first VM has begun to wait for a place."""

from weakref import WeakSet

WINDOW = 2  # seconds of a real small cloud
SHORTEST, SHORTEST_MOVE = 0.5, 2  # of wall time, at any pace: clients are to see VMs wait
_SET = WeakSet()  # clouds whose scheduler is about to do something


def wake(cloud, at_least=SHORTEST):
    """Something waits to be placed."""
    if cloud not in _SET:
        _SET.add(cloud)
        cloud.clock.schedule("scheduler.place", delay=WINDOW, at_least=at_least)


def wake_to_move(cloud, vm):
    """Has a VM looked at that is to be moved to a better host; whoever asked may think better of it for a while."""
    vm.resched = True
    wake(cloud, SHORTEST_MOVE)


def rang(cloud):
    """The scheduler is at work; who begins to wait from now on wakes it again."""
    _SET.discard(cloud)
