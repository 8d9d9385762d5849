"""Presence over the bus: what one process sees, every process knows."""

from app.realtime.announcer import Announcer
from app.realtime.bus import Signal, Topic
from app.realtime.hub import Hub
from app.realtime.presence import GONE, HERE, HIDDEN, Presence

BOB = Topic("agent", 1)
VIC, MALLORY = Topic("visitor", 1), Topic("visitor", 2)


class Watch:
    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


class Line:
    """A bus that brings each signal to every process, in order."""

    def __init__(self):
        self.hubs = []
        self.sent = []

    async def publish(self, signal):
        self.sent.append(signal)
        for hub in self.hubs:
            await hub._pass_on(signal)


class Process:
    def __init__(self, line, watch):
        self.presence = Presence(30, watch)
        self.hub = Hub(line)
        self.announcer = Announcer(self.hub, self.presence)
        line.hubs.append(self.hub)


def processes():
    line, watch = Line(), Watch()
    return Process(line, watch), Process(line, watch), line, watch


async def test_who_is_in_one_process_is_here_in_all():
    here, there, _, _ = processes()
    here.presence.arrive(VIC)
    here.presence.arrive(BOB)

    await here.announcer.announce()

    assert there.presence.here(VIC, grace=0)
    assert there.presence.all_here("agent") == {1}
    assert there.presence.seen(MALLORY).state == GONE


async def test_who_leaves_is_gone_everywhere_with_the_time_since():
    here, there, _, watch = processes()
    here.presence.arrive(VIC)
    await here.announcer.announce()
    watch.time += 60
    here.presence.leave(VIC)

    await here.announcer.announce()
    watch.time += 4

    for process in (here, there):
        state, since = process.presence.seen(VIC, grace=3)
        assert state == GONE
        assert since is not None
        assert process.presence.gone_for(VIC) == 4


async def test_nothing_new_is_said_once_in_ten_seconds():
    here, there, line, watch = processes()
    here.presence.arrive(VIC)
    for _ in range(21):
        await here.announcer.announce()
        watch.time += 1

    assert len(line.sent) == 3
    assert there.presence.here(VIC, grace=0)


async def test_after_a_loss_all_is_said_again_and_nobody_counts_as_gone_for_long():
    # An outage of the bus takes nobody's chats away: their agent may be in another process.
    here, there, line, watch = processes()
    for process in (here, there):
        process.hub.after_loss(process.presence.begin_anew)
    here.presence.arrive(BOB)
    await here.announcer.announce()
    watch.time += 600
    gone = there.presence.gone_for(BOB)

    for process in (here, there):
        await process.hub._catch_up_all()
    forgiven = there.presence.gone_for(BOB)
    await here.announcer.announce()

    assert (gone, forgiven) == (600, 0)
    assert there.presence.here(BOB, grace=0)
    assert len(line.sent) == 2


async def test_a_process_that_died_is_believed_no_longer():
    here, there, _, watch = processes()
    here.presence.arrive(VIC)
    await here.announcer.announce()

    watch.time += 26

    assert there.presence.seen(VIC, grace=3).state == GONE
    assert there.presence.gone_for(VIC) == 26


async def test_who_is_gone_from_one_process_is_still_here_by_the_other():
    here, there, _, _ = processes()
    for process in (here, there):
        process.presence.arrive(VIC)
        await process.announcer.announce()
    here.presence.leave(VIC)

    await here.announcer.announce()
    await there.announcer.announce()

    assert here.presence.here(VIC, grace=0)
    assert there.presence.here(VIC, grace=0)


async def test_a_hidden_tab_is_told_by_whichever_process_heard_it():
    here, there, _, watch = processes()
    here.presence.arrive(VIC)
    await here.announcer.announce()

    await there.announcer.say(VIC, HIDDEN)
    watch.time += 12
    await here.announcer.announce()

    for process in (here, there):
        assert process.presence.seen(VIC).state == HIDDEN
    await there.announcer.say(VIC, HERE)
    for process in (here, there):
        assert process.presence.seen(VIC) == (HERE, None)


async def test_hidden_means_nothing_of_who_has_gone_and_is_forgotten_when_they_return():
    here, _, _, watch = processes()

    await here.announcer.say(VIC, HIDDEN)
    assert here.presence.seen(VIC).state == GONE

    here.presence.arrive(VIC)
    await here.announcer.say(VIC, HIDDEN)
    here.presence.leave(VIC)
    watch.time += 60
    here.presence.arrive(VIC)
    assert here.presence.seen(VIC).state == HERE


async def test_a_thousand_visitors_are_a_few_signals():
    here, there, line, _ = processes()
    for number in range(1200):
        here.presence.arrive(Topic("visitor", number))

    await here.announcer.announce()

    assert [len(signal.ids) for signal in line.sent] == [500, 500, 200]
    assert all(signal.topic == Topic("visitor", 0) for signal in line.sent)
    assert len(there.presence.all_here("visitor")) == 1200


async def test_a_signal_about_nobody_is_heard_without_streams():
    here, _, _, _ = processes()

    await here.announcer.heard(Signal(Topic("visitor", 0), "presence", {"7": HERE}))

    assert here.presence.here(Topic("visitor", 7))


async def test_between_two_repeats_only_those_are_looked_at_of_whom_something_was_heard():
    here, _, line, _ = processes()
    here.presence.arrive(VIC)
    here.presence.arrive(BOB)
    await here.announcer.announce()
    line.sent.clear()

    here.presence.arrive(MALLORY)
    here.presence.leave(BOB)
    await here.announcer.announce()

    assert {(signal.topic.audience, *signal.ids.items()) for signal in line.sent} == {
        ("visitor", ("2", HERE)),
        ("agent", ("1", GONE)),
    }


async def test_who_came_and_went_between_two_rounds_is_not_announced():
    here, _, line, _ = processes()
    await here.announcer.announce()

    here.presence.arrive(VIC)
    here.presence.leave(VIC)
    await here.announcer.announce()

    assert line.sent == []
