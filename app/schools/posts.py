"""Posts: what somebody answers for stays when people go (STUDY B11). Nobody's role changes by holding one."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import InvalidRequest, NotFound, PreconditionRequired
from app.events import outbox
from app.events.keeping import PostVacant
from app.identity.actors import Actor, people_with
from app.models import Person, Post, School
from app.schools.post_schemas import PostOut, PostPage, PostPerson, PostPut
from app.vocabulary import Role
from app.work import queue
from app.work.queue import Item

LOOK = "posts.look"
LOOK_EVERY = dt.timedelta(hours=1)
READERS = (Role.COORDINATOR, Role.SPONSOR)
# Of one school, by id; those who have left are among them.
People = Mapping[uuid.UUID, Person]


def people_of(session: Session, school_id: uuid.UUID, code: str) -> list[uuid.UUID]:
    """Whom to ask for a post: its holder, then its deputy, without those who have left. Nobody for one that is not."""
    post = _stored(session, school_id, code)
    return [] if post is None else _serving(post, _people(session, [post]))


def exists(session: Session, school_id: uuid.UUID, code: str) -> bool:
    return _stored(session, school_id, code) is not None


def is_vacant(session: Session, school_id: uuid.UUID, code: str) -> bool:
    """Whether nobody who is still there holds it, whoever is deputy. So is a post that is not."""
    post = _stored(session, school_id, code)
    return post is None or post.holder_id not in _serving(post, _people(session, [post]))


def page(session: Session, actor: Actor, request: PageRequest) -> PostPage:
    """The school's posts, in the order in which they were made."""
    actor.require(*READERS)
    statement = request.slice(
        select(Post).where(Post.school_id == actor.require_school()), at=col(Post.created_at), row_id=col(Post.id)
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda post: (post.created_at, post.id))
    people = _people(session, rows)
    return PostPage(items=[_out(row, people) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, code: str) -> PostOut:
    """Raises NotFound."""
    actor.require(*READERS)
    return _shown(session, _find(session, actor, code))


def put(session: Session, actor: Actor, code: str, body: PostPut, *, version: Version) -> tuple[PostOut, bool]:
    """The post as it is then, and whether it was made. One that is there must be named by its version.

    Raises NotFound for a version of a post that is not there, PreconditionRequired or PreconditionFailed for one that
    is, InvalidRequest for people who cannot have it.
    """
    actor.require(Role.COORDINATOR)
    school_id, now = actor.require_school(), clock.now()
    post = _stored(session, school_id, code, lock=True)
    if post is not None:
        version.check(_shown(session, post))
    elif version.if_match is not None:
        raise NotFound
    _check_people(session, school_id, body)
    made = post is None
    if post is None:
        post = Post(school_id=school_id, code=code, title=body.title, created_at=now, updated_at=now)
    else:
        post.version += 1
    post.title, post.holder_id, post.deputy_id, post.updated_at = body.title, body.holder, body.deputy, now
    try:
        with session.begin_nested():
            session.add(post)
    except IntegrityError as exc:
        # Somebody else has made it in this moment: the same answer as a moment later.
        raise PreconditionRequired from exc
    _record(session, actor, post, action="post.created" if made else "post.changed", now=now)
    _follow(session, post, now=now)
    return _shown(session, post), made


def remove(session: Session, actor: Actor, code: str, *, version: Version) -> None:
    """Raises NotFound, PreconditionRequired or PreconditionFailed."""
    actor.require(Role.COORDINATOR)
    post = _find(session, actor, code, lock=True)
    version.check(_shown(session, post))
    _record(session, actor, post, action="post.deleted", now=clock.now())
    session.delete(post)


def look(session: Session, item: Item, now: dt.datetime) -> None:
    """Follow those who have left, or come back, and come again in an hour. Safe to repeat.

    Nothing calls posts when a person leaves, because identity knows none.
    """
    for post in session.exec(_otherwise_than_told().order_by(col(Post.id)).with_for_update(of=Post)):
        _follow(session, post, now=now)
    queue.enqueue(session, LOOK, item.subject, due_at=now + LOOK_EVERY, now=now, key=LOOK)


def _follow(session: Session, post: Post, *, now: dt.datetime) -> None:
    """Tell of a post that nobody holds: once, and once more when its deputy is gone too. A new holder arms it anew."""
    serving = _serving(post, _people(session, [post]))
    told, covered = post.told_covered, bool(serving)
    vacant = post.holder_id not in serving
    post.told_covered = covered if vacant else None
    session.add(post)
    if vacant and (told is None or (told and not covered)):
        school = session.get_one(School, post.school_id)
        data = PostVacant(school=school.slug, post=post.code, covered=covered)
        who = people_with(session, school.id, *READERS)
        outbox.emit(session, "post.vacant", data, school_id=school.id, now=now, tell=who)


def _otherwise_than_told() -> SelectOfScalar[Post]:
    """Posts of which something else is true than what was told, so that a look holds no others."""
    holder, deputy = aliased(Person), aliased(Person)
    filled, covered = col(holder.id).is_not(None), col(deputy.id).is_not(None)
    told = col(Post.told_covered)

    def there(person: type[Person]) -> sa.ColumnElement[bool]:
        return sa.and_(col(person.school_id) == col(Post.school_id), col(person.active).is_(True))

    otherwise = sa.or_(told.is_(None), sa.and_(told.is_(True), ~covered), sa.and_(told.is_(False), covered))
    return (
        select(Post)
        .outerjoin(holder, sa.and_(col(holder.id) == col(Post.holder_id), there(holder)))
        .outerjoin(deputy, sa.and_(col(deputy.id) == col(Post.deputy_id), there(deputy)))
        .where(sa.or_(sa.and_(filled, told.is_not(None)), sa.and_(~filled, otherwise)))
    )


def _stored(session: Session, school_id: uuid.UUID, code: str, *, lock: bool = False) -> Post | None:
    statement = select(Post).where(Post.school_id == school_id, Post.code == code)
    return session.exec(statement.with_for_update() if lock else statement).one_or_none()


def _find(session: Session, actor: Actor, code: str, *, lock: bool = False) -> Post:
    post = _stored(session, actor.require_school(), code, lock=lock)
    if post is None:
        raise NotFound
    return post


def _people(session: Session, posts: Sequence[Post]) -> People:
    """Whom posts of one school name, as far as they are still of it."""
    named = {each for post in posts for each in (post.holder_id, post.deputy_id) if each is not None}
    if not named:
        return {}
    statement = select(Person).where(col(Person.id).in_(named), Person.school_id == posts[0].school_id)
    return {person.id: person for person in session.exec(statement)}


def _serving(post: Post, people: People) -> list[uuid.UUID]:
    named = (people.get(each) for each in (post.holder_id, post.deputy_id) if each is not None)
    return [person.id for person in named if person is not None and person.active]


def _check_people(session: Session, school_id: uuid.UUID, body: PostPut) -> None:
    if body.holder is not None and body.holder == body.deputy:
        raise _refused("#/deputy", "same_person", "A deputy is somebody else than the holder.")
    named = {"#/holder": body.holder, "#/deputy": body.deputy}
    wanted = {person for person in named.values() if person is not None}
    there = set(
        session.exec(
            select(Person.id).where(
                col(Person.id).in_(wanted),
                Person.school_id == school_id,
                col(Person.active).is_(True),
                col(Person.service).is_(False),
            )
        )
    )
    strangers = [pointer for pointer, person in named.items() if person is not None and person not in there]
    if strangers:
        detail = "Whoever has a post is an active person of this school."
        raise InvalidRequest(errors=[_fault(pointer, "unknown_person", detail) for pointer in strangers])


def _refused(pointer: str, code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[_fault(pointer, code, detail)])


def _fault(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}


def _record(session: Session, actor: Actor, post: Post, *, action: str, now: dt.datetime) -> None:
    trail.record(session, action=action, school_id=post.school_id, person_id=actor.person_id, subject=post.id, now=now)


def _shown(session: Session, post: Post) -> PostOut:
    return _out(post, _people(session, [post]))


def _out(post: Post, people: People) -> PostOut:
    serving = _serving(post, people)
    return PostOut(
        code=post.code,
        title=post.title,
        holder=_named(people, post.holder_id),
        deputy=_named(people, post.deputy_id),
        vacant=post.holder_id not in serving,
        covered=bool(serving),
        version=post.version,
        created_at=post.created_at,
        updated_at=post.updated_at,
    )


def _named(people: People, person_id: uuid.UUID | None) -> PostPerson | None:
    person = None if person_id is None else people.get(person_id)
    return None if person is None else PostPerson(person=person.id, alias=person.alias, active=person.active)
