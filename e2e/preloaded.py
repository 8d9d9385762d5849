"""What each server of a story would do before its first answer, done once, before the forks."""

import functools
from importlib import import_module

from app import main
from app.web.assets import BUNDLES, asset
from app.web.templates import compile_all

LATER = (
    "app.demo.data",
    "app.logs",
    "piccolo.conf.apps",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
)
for module in LATER:
    import_module(module)
main.routed = functools.cache(main.routed)
for demo in (True, False):
    main.routed(demo=demo)
compile_all()
for bundle in BUNDLES:
    asset(bundle)
