from app.realtime.bus import Topic
from app.realtime.presence import Presence

BOB, EVE = Topic("agent", 1), Topic("agent", 2)
VIC = Topic("visitor", 1)


class Watch:
    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


def test_who_has_a_stream_is_here():
    presence = Presence(30, Watch())

    presence.arrive(BOB)

    assert presence.here(BOB)
    assert not presence.here(EVE)
    assert presence.all_here("agent") == {1}
    assert presence.all_here("visitor") == set()


def test_who_has_two_streams_is_here_until_both_ended():
    watch = Watch()
    presence = Presence(30, watch)
    presence.arrive(BOB)
    presence.arrive(BOB)

    presence.leave(BOB)
    watch.time += 3600
    assert presence.here(BOB)
    presence.leave(BOB)
    watch.time += 31

    assert not presence.here(BOB)


def test_a_short_cut_is_no_absence():
    watch = Watch()
    presence = Presence(30, watch)
    presence.arrive(BOB)
    presence.leave(BOB)

    watch.time += 29
    assert presence.here(BOB)
    assert not presence.here(BOB, grace=3)
    watch.time += 2

    assert not presence.here(BOB)


def test_a_visitor_and_an_agent_with_the_same_number_are_two():
    presence = Presence(30, Watch())

    presence.arrive(VIC)

    assert not presence.here(BOB)


def test_who_is_gone_is_forgotten():
    # L1
    watch = Watch()
    presence = Presence(30, watch)
    for number in range(1000):
        presence.arrive(Topic("visitor", number))
        presence.leave(Topic("visitor", number))
    presence.arrive(BOB)

    watch.time += 31
    presence.forget_gone()
    assert presence.gone_for(VIC) == 31

    watch.time += 3600
    presence.forget_gone()

    assert presence._seen == {}
    assert list(presence.open_here()) == [BOB]
