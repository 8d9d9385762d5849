"""What Piccolo looks for: the engine of this environment and the one app with migrations."""

from piccolo.conf.apps import AppRegistry

from app.database import engine_for
from app.settings import load_settings

DB = engine_for(load_settings())
APP_REGISTRY = AppRegistry(apps=["app.migrations.registry"])
