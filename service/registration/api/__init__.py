"""The routes of registration: for an administration, where a process has the registrar's role."""

from service.registration.api.clients import clients
from service.registration.api.organisations import organisations
from service.registration.api.webhooks import webhooks

blueprints = (organisations, clients, webhooks)
