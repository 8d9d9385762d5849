from app.contacts.presence import whereabouts
from app.realtime.bus import Topic
from app.realtime.presence import HIDDEN, Presence


def test_where_a_visitor_is_in_words():
    presence = Presence(30)
    assert whereabouts(presence, 1).text == "Not here now"

    presence.arrive(Topic("visitor", 1))
    assert whereabouts(presence, 1, "Checkout").text == "Here now, on Checkout"

    presence.looks(Topic("visitor", 1), HIDDEN)
    shown = whereabouts(presence, 1, "Checkout")
    assert (shown.state, shown.text) == ("hidden", "Tab hidden for")
    assert shown.since is not None
