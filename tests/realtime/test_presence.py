from app.realtime.bus import Topic
from app.realtime.presence import HERE, HIDDEN, Presence

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
    assert presence._known["visitor"] == set()
    assert list(presence.open_here()) == [BOB]


def test_who_follows_is_told_of_whom_something_was_heard():
    presence = Presence(30, Watch())
    presence.arrive(BOB)
    followers = presence.follow(), presence.follow()
    for stirred in followers:
        assert stirred == {BOB}  # whom it knows already
        stirred.clear()

    presence.arrive(VIC)
    presence.told(EVE, HERE)

    for stirred in followers:
        assert stirred == {VIC, EVE}


def test_what_a_process_says_again_is_nothing_new():
    watch = Watch()
    presence = Presence(30, watch, trusted=25)
    stirred = presence.follow()
    presence.told(VIC, HIDDEN)
    turns = presence.turns(VIC)
    stirred.clear()

    watch.time += 20
    presence.told(VIC, HIDDEN)
    watch.time += 20

    assert presence.seen(VIC).state == HIDDEN
    presence.forget_gone()
    assert not stirred
    assert presence.turns(VIC) == turns

    watch.time += 20
    presence.forget_gone()
    assert stirred == {VIC}  # believed no longer
