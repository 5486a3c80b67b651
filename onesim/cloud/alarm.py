"""The timer that wakes the scheduler some time after the first VM has started to wait for a host."""

from weakref import WeakSet

WINDOW = 2  # seconds of a real small cloud
SHORTEST, SHORTEST_MOVE = 0.5, 2  # of wall time, at any pace: clients must be able to see VMs wait
_SET = WeakSet()  # clouds whose scheduler will run soon


def wake(cloud, at_least=SHORTEST):
    """A VM waits for a host."""
    if cloud not in _SET:
        _SET.add(cloud)
        cloud.clock.schedule("scheduler.place", delay=WINDOW, at_least=at_least)


def wake_to_move(cloud, vm):
    """Schedules a check of a VM that is to be moved to a better host; the request can be cancelled for a while."""
    vm.resched = True
    wake(cloud, SHORTEST_MOVE)


def rang(cloud):
    """The scheduler runs; a VM that starts to wait from now on wakes it again."""
    _SET.discard(cloud)
