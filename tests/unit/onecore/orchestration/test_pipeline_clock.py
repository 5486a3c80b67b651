"""How long the stages of a pipeline take."""

from types import SimpleNamespace

from onecore.orchestration import pipeline_work


def test_a_stage_that_was_cut_short_has_taken_until_now(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(pipeline_work.time, "monotonic", lambda: now[0])
    clock = pipeline_work._Clock()
    clock.look(SimpleNamespace(key="whole", over=False))
    clock.look(SimpleNamespace(key="short", over=False))
    now[0] = 1002.5
    clock.look(SimpleNamespace(key="whole", over=True))
    now[0] = 1004.0
    assert [clock.seconds(key) for key in ("whole", "short", "never")] == [2.5, 4.0, 0.0]
