"""Files go both ways and come back as they were; what cannot be sent says so."""

import hashlib
import os
import re

import pytest
from playwright.sync_api import expect

from e2e.people import NETWORK, REFUSED, talking
from e2e.test_every_screen import fits, is_accessible
from tests.attachments.samples import SAMPLES, TYPES, png

MEGABYTE = 1024 * 1024
HASH_OF = """async (link) => {
  const answer = await fetch(link.href);
  const digest = await crypto.subtle.digest("SHA-256", await answer.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}"""
WATCH_PROGRESS = """(list) => {
  window.progressSeen = [];
  new MutationObserver(() => {
    const bar = list.querySelector("progress");
    if (bar) window.progressSeen.push(bar.value);
  }).observe(list, { subtree: true, childList: true, attributes: true });
}"""


def a_file(name, content):
    ending = name.rpartition(".")[2]
    return {"name": name, "mimeType": TYPES.get(ending, ""), "buffer": content}


def chooses(person, *files):
    with person.page.expect_file_chooser() as chooser:
        person.chat.get_by_role("button", name="Attach", exact=True).click()
    chooser.value.set_files(list(files))


def waiting(person):
    return person.chat.get_by_role("list", name="Files to send").get_by_role("listitem")


def ready(person, count):
    expect(person.chat.locator("upload-list [data-state=ready]")).to_have_count(count)


def sends(person, words=""):
    if words:
        person.types(words)
    person.box.press("Enter")
    expect(waiting(person)).to_have_count(0)


def download_of(person, name):
    return person.log.get_by_role("link", name=f"Download {name}", exact=True)


def gets(person, files):
    """Each of these files is there, and is what it was."""
    for name, content in files.items():
        hashed = download_of(person, name).evaluate(HASH_OF)
        assert hashed == hashlib.sha256(content).hexdigest(), name


def test_every_type_goes_both_ways_and_comes_back_as_it_was(people):
    vic = people.visitor()
    bob = people.agent()
    talking(vic, bob)
    files = {f"file-{ending}.{ending}": content for ending, content in SAMPLES.items()}
    files["file-png.png"] = png(640, 480)
    names = list(files)

    for sender, reader in ((vic, bob), (bob, vic)):
        mine = {f"{type(sender).__name__}-{name}": files[name] for name in names}
        for part in (list(mine)[:10], list(mine)[10:]):
            chooses(sender, *(a_file(name, mine[name]) for name in part))
            ready(sender, len(part))
            sends(sender, "Here they are" if part[0] == next(iter(mine)) else "")
            expect(download_of(reader, part[-1])).to_be_visible()
        gets(reader, mine)
        gets(sender, mine)

    with bob.page.expect_download() as saved:
        download_of(bob, "Visitor-file-docx.docx").click()
    assert saved.value.suggested_filename == "Visitor-file-docx.docx"
    assert hashlib.sha256(saved.value.path().read_bytes()).digest() == (
        hashlib.sha256(SAMPLES["docx"]).digest()
    )
    for document in (bob.page, vic.frame):
        is_accessible(document)
        fits(document)
    opens_large(vic, "Agent-file-png.png")
    opens_large(bob, "Visitor-file-png.png")
    player = bob.log.get_by_role("group", name="Visitor-file-mp3.mp3")
    expect(player.get_by_text("0:00 / 0:01")).to_be_visible()


def opens_large(person, name):
    button = person.log.get_by_role("button", name=f"Enlarge {name}")
    button.press("Enter")
    large = person.chat.get_by_role("dialog", name=name)
    expect(large.get_by_role("img", name=name)).to_be_visible()
    person.page.keyboard.press("Escape")
    expect(large).to_be_hidden()
    expect(button).to_be_focused()


def test_a_hundred_megabytes_arrive_whole_with_progress_on_the_way(people, tmp_path):
    film = tmp_path / "manual.pdf"
    with film.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.write(os.urandom(MEGABYTE))
        file.truncate(100 * MEGABYTE)
    with film.open("rb") as file:
        whole = hashlib.file_digest(file, "sha256").hexdigest()
    vic = people.visitor()
    bob = people.agent()
    talking(vic, bob)
    vic.chat.locator(".uploads").evaluate(WATCH_PROGRESS)

    chooses(vic, film)
    expect(waiting(vic)).to_contain_text("manual.pdf")
    ready(vic, 1)
    sends(vic)

    seen = vic.chat.locator("html").evaluate("() => window.progressSeen")
    assert any(0 < value < 1000 for value in seen)
    expect(bob.log.get_by_text("PDF, 100 MB")).to_be_visible()
    assert download_of(bob, "manual.pdf").evaluate(HASH_OF) == whole


@pytest.mark.settings(upload_mb=1)
@pytest.mark.console_may_say(NETWORK, REFUSED.format(415))
def test_what_cannot_be_sent_says_why_and_a_cut_upload_is_tried_again(people, parley, line):
    vic = people.visitor()
    bob = people.agent(through=line)
    talking(vic, bob)

    chooses(
        bob,
        a_file("setup.exe", b"MZ"),
        a_file("large.txt", b"x" * (MEGABYTE + 1)),
        a_file("empty.txt", b""),
        a_file("really.png", b"<html></html>"),
        a_file("good.txt", b"Hello"),
    )

    expect(waiting(bob).filter(has_text="really.png")).to_contain_text("is not what")
    is_accessible(bob.page)
    for name, reason in {
        "setup.exe": "This type cannot be sent.",
        "large.txt": "Larger than 1 MB.",
        "empty.txt": "This file is empty.",
        "really.png": "is not what its ending says",
    }.items():
        chip = waiting(bob).filter(has_text=name)
        expect(chip).to_contain_text(reason)
        chip.get_by_role("button", name=f"Remove {name}").click()
    ready(bob, 1)

    line.refuse("PUT .*/uploads/")
    chooses(bob, a_file("again.txt", b"Hello again"))
    cut = waiting(bob).filter(has_text="again.txt")
    expect(cut).to_contain_text("The connection was lost.")
    line.mend()
    cut.get_by_role("button", name="Retry").click()
    ready(bob, 2)
    sends(bob, "Two files")
    expect(download_of(vic, "again.txt")).to_be_visible()
    gets(vic, {"good.txt": b"Hello", "again.txt": b"Hello again"})

    parley.pause()
    chooses(vic, a_file("slow.txt", b"x" * 1000))
    waiting(vic).get_by_role("button", name=re.compile("^Cancel slow")).click()
    expect(waiting(vic)).to_have_count(0)
    parley.resume()
    assert parley.rows("SELECT COUNT(*) FROM attachments WHERE seq IS NULL") == [(0,)]
