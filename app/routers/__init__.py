from app.routers import lazy_fields as lazy_fields
