"""``/docs``: Swagger UI from our own files. FastAPI's page loads it from a CDN, and is blank where there is no network."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

_ASSETS = Path(__file__).parent / "vendor" / "swagger-ui"


def install(app: FastAPI) -> None:
    """Add the page and its assets."""
    app.mount("/docs/assets", StaticFiles(directory=_ASSETS), name="docs-assets")
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=f"{app.title}: API",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon-32x32.png",
    )

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        return page
