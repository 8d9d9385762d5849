"""Widgets: everything an admin sets, the preview, the secret, and who may frame them."""

import pytest

from app.administration.widgets.forms import REMOVALS
from app.administration.widgets.sites import origin, origins
from app.widget.tables import ANONYMISE, DELETE, Widget
from tests.administration.conftest import SETTINGS, a_widget_form
from tests.builders import an_interaction
from tests.databases import ON_SQLITE

WIDGETS = f"{SETTINGS}/widgets"


@ON_SQLITE
async def test_a_widget_gets_a_key_that_never_changes(as_amy, sales, audit):
    answer = await as_amy.post(WIDGETS, data=a_widget_form(sales, key="mine"))
    widget = await Widget.objects().first()
    await as_amy.post(f"{WIDGETS}/{widget.id}", data=a_widget_form(sales, key="mine", name="New"))

    changed = await Widget.objects().first()
    assert answer.status_code == 303
    assert widget.key.startswith("wk_")
    assert (changed.key, changed.name) == (widget.key, "New")
    assert widget.allowed_sites == "https://shop.example https://*.shop.example:*"
    assert await audit() == ("changed", "widget", "New", {"Name": "Lamp shop"}, {"Name": "New"})
    page = await as_amy.get(f"{WIDGETS}/{widget.id}")
    assert f'data-widget="{widget.key}"' in page.text.replace("&#34;", '"')


@ON_SQLITE
async def test_the_snippet_says_the_colour_and_a_side_that_is_not_the_usual(as_amy, sales, audit):
    await as_amy.post(WIDGETS, data=a_widget_form(sales))
    widget = await Widget.objects().first()
    url = f"{WIDGETS}/{widget.id}"
    snippet = f'data-widget="{widget.key}" data-color="#206345"'
    shown = await as_amy.get(url)
    assert f"{snippet}&gt;" in shown.text

    await as_amy.post(url, data=a_widget_form(sales, side="start"))

    assert f'{snippet} data-side="start"&gt;' in (await as_amy.get(url)).text
    _, _, _, before, after = await audit()
    assert (before.keys(), after.keys()) == ({"Side of the page"}, {"Side of the page"})


@ON_SQLITE
async def test_an_admin_says_how_long_and_it_is_recorded(as_amy, sales, audit):
    await as_amy.post(WIDGETS, data=a_widget_form(sales))
    widget = await Widget.objects().first()
    assert (widget.keep_days, widget.removal) == (0, DELETE)

    form = a_widget_form(sales, keep_days="90", removal=ANONYMISE)
    answer = await as_amy.post(f"{WIDGETS}/{widget.id}", data=form)

    assert answer.status_code == 303
    after = {"Days that chats are kept": "90", "What is removed": REMOVALS[ANONYMISE]}
    assert await audit() == ("changed", "widget", "Lamp shop", {}, after)


@pytest.mark.settings(calls=True)
@ON_SQLITE
async def test_an_admin_allows_calls_and_it_is_recorded(as_amy, sales, shop, audit):
    url = f"{WIDGETS}/{shop.id}"
    await as_amy.post(url, data=a_widget_form(sales, calls="no"))

    answer = await as_amy.post(url, data=a_widget_form(sales, calls="yes"))

    assert answer.status_code == 303
    assert (await Widget.objects().get(Widget.id == shop.id)).calls
    record = ("changed", "widget", "Lamp shop", {"Voice calls": "No"}, {"Voice calls": "Yes"})
    assert await audit() == record
    refused = await as_amy.post(url, data=a_widget_form(sales, calls="perhaps"))
    assert refused.status_code == 422
    assert "Choose yes or no." in refused.text


@ON_SQLITE
async def test_without_calls_in_the_installation_the_page_says_how_to_have_them(
    as_amy, sales, shop
):
    await Widget.update({Widget.calls: True}).where(Widget.id == shop.id)

    page = (await as_amy.get(f"{WIDGETS}/{shop.id}")).text
    await as_amy.post(f"{WIDGETS}/{shop.id}", data=a_widget_form(sales, calls="no"))

    assert "PARLEY_CALLS=true" in page
    assert 'name="calls"' not in page
    # What was chosen stays for when they are back.
    assert (await Widget.objects().get(Widget.id == shop.id)).calls


@ON_SQLITE
async def test_only_its_sites_may_frame_it(as_amy, as_nobody, sales):
    await as_amy.post(WIDGETS, data=a_widget_form(sales))
    widget = await Widget.objects().first()

    page = await as_nobody.get(f"/widget/{widget.key}")

    policy = page.headers["content-security-policy"]
    assert policy.endswith("frame-ancestors https://shop.example https://*.shop.example:*")


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"name": ""}, "Enter a name."),
        ({"queue": ""}, "Choose a queue."),
        ({"queue": "999"}, "Choose a queue."),
        ({"colour": "blue"}, "Write the colour as #"),
        ({"greeting": ""}, "Enter a greeting."),
        ({"ask_name": "always"}, "Choose whether to ask."),
        ({"ask_phone": ""}, "Choose whether to ask."),
        ({"side": "top"}, "Choose a side."),
        ({"keep_days": "0"}, "Enter a whole number from 1 to 3650."),
        ({"keep_days": "ever"}, "Enter a whole number from 1 to 3650."),
        ({"removal": "nothing"}, "Choose what is removed."),
        ({"privacy_url": "javascript:alert(1)"}, "Enter a whole address"),
        ({"privacy_url": "https://[::1"}, "Enter a whole address"),
        ({"allowed_sites": "shop.example"}, "must begin with https://"),
        ({"allowed_sites": "https://a.example; script-src *"}, "has no valid name"),
    ],
)
@ON_SQLITE
async def test_a_wrong_form_is_kept_with_a_sentence(as_amy, sales, others, sentence):
    answer = await as_amy.post(WIDGETS, data=a_widget_form(sales, **others))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert await Widget.count() == 0


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("https://Shop.Example", "https://shop.example"),
        ("https://shop.example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:*", "http://localhost:*"),
        ("https://*.shop.example:8443", "https://*.shop.example:8443"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
    ],
)
def test_an_origin_is_stored_as_browsers_say_it(text, stored):
    assert origin(text) == stored


@pytest.mark.parametrize(
    "text",
    [
        "https://",
        "https://*",
        "https://*.*.example",
        "https://shop.*",
        "https://a*.example",
        "https://shop.example:0",
        "https://shop.example:99999",
        "https://shop.example:**",
        "https://user@shop.example",
        "https://shop.example/path",
        "https://shop.example?x",
        "https://shop.example;",
        "https://shop.example 'unsafe-inline'",
        "https://-shop.example",
        "https://" + "a" * 64 + ".example",
        "https://[::1]",
        "ftp://shop.example",
        "javascript:alert(1)",
        "*",
        "'self'",
    ],
)
def test_what_is_no_origin_never_reaches_a_header(text):
    with pytest.raises(ValueError, match=r"\w"):
        origin(text)


def test_the_same_site_twice_is_stored_once():
    assert origins("https://a.example\n\n https://A.example/ \n") == ["https://a.example"]


@ON_SQLITE
async def test_the_preview_shows_the_form_and_saves_nothing(as_amy, sales):
    form = a_widget_form(sales, name="<b>Loud</b>", preview="before")

    answer = await as_amy.post(f"{WIDGETS}/preview", data=form)

    assert answer.status_code == 200
    assert "&lt;b&gt;Loud&lt;/b&gt;" in answer.text
    assert "Start chat" in answer.text
    assert "White text, 7.2 : 1" in answer.text
    assert "brand.css?colour=206345" in answer.text
    assert await Widget.count() == 0


@ON_SQLITE
async def test_the_preview_takes_anything(as_amy):
    answer = await as_amy.post(
        f"{WIDGETS}/preview", data={"colour": "zzz", "name": "\u202e", "preview": "?"}
    )

    assert answer.status_code == 200
    assert "No colour" in answer.text


@ON_SQLITE
async def test_the_preview_shows_what_is_said_outside_the_hours(as_amy, sales):
    form = a_widget_form(sales, closed_text="Back at nine.", preview="closed")

    answer = await as_amy.post(f"{WIDGETS}/preview", data=form)

    assert "Back at nine." in answer.text


@ON_SQLITE
async def test_the_brand_is_a_stylesheet(as_amy):
    good = await as_amy.get(f"{WIDGETS}/brand.css?colour=206345")
    bad = await as_amy.get(f"{WIDGETS}/brand.css?colour=%7D*%7B")

    assert good.headers["content-type"].startswith("text/css")
    assert "--brand-fill: #206345" in good.text
    assert bad.status_code == 404


@ON_SQLITE
async def test_a_secret_is_shown_once_and_never_recorded(as_amy, shop, audit):
    first = await as_amy.post(f"{WIDGETS}/{shop.id}/secret")
    secret = (await Widget.objects().get(Widget.id == shop.id)).identity_secret
    second = await as_amy.post(f"{WIDGETS}/{shop.id}/secret")
    page = await as_amy.get(f"{WIDGETS}/{shop.id}")

    assert secret in first.text
    assert secret not in second.text
    assert secret not in page.text
    assert await audit() == (
        "changed",
        "widget",
        "Lumen & Oak",
        {},
        {"Identity secret": "a new one was made"},
    )


@ON_SQLITE
async def test_the_page_says_how_long_the_old_secret_works_and_ends_it(as_amy, shop, audit):
    for _ in range(2):
        await as_amy.post(f"{WIDGETS}/{shop.id}/secret")
    before = await as_amy.get(f"{WIDGETS}/{shop.id}")
    ended = await as_amy.post(f"{WIDGETS}/{shop.id}/secret/ending")
    again = await as_amy.post(f"{WIDGETS}/{shop.id}/secret/ending")
    after = await as_amy.get(ended.headers["location"])

    assert "The secret before this one works until" in before.text
    assert again.status_code == ended.status_code == 303
    assert "The secret before this one works until" not in after.text
    assert "is refused from now on" in after.text
    assert (await audit())[-1] == {"Identity secret": "the one before was ended"}


@ON_SQLITE
async def test_an_archived_widget_opens_nowhere_until_it_comes_back(as_amy, as_nobody, shop):
    await as_amy.post(f"{WIDGETS}/{shop.id}/archive")
    gone = await as_nobody.get("/widget/shop")
    await as_amy.post(f"{WIDGETS}/{shop.id}/restoring")
    back = await as_nobody.get("/widget/shop")

    assert (gone.status_code, back.status_code) == (404, 200)


@ON_SQLITE
async def test_a_widget_with_open_chats_is_not_archived(as_amy, shop, vic, bob):
    await an_interaction(vic, agent=bob)

    answer = await as_amy.post(f"{WIDGETS}/{shop.id}/archive")

    assert answer.status_code == 409
    assert "1 chat is open in this widget." in answer.text
