"""The failures that a user can do something about."""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """Parts of messages that are words and not values: a page says them in its own language."""

    QUERY = "query"
    DOCUMENT = "document"
    TITLE = "title"
    TEXT = "text"
    EMPTY = "it is empty"
    SAME_TEXTS = "closer and farther are the same text"
    MISSING_COLUMN = "this column is missing"
    EXTRA_COLUMN = "this column is not known"
    EXTRA_CELL = "the row has more cells than the header"
    NOT_A_NUMBER = "it is not a number"
    FEWER_CELLS = "the row has fewer cells than the header"
    TWO_COLUMNS = "two columns have this name"
    UNKNOWN_KIND = "its content is of no kind that can be read"
    DAMAGED = "it is damaged or cut off"
    CLAIMS_MORE = "its header claims more data than the file holds"
    PICKLED = "it holds pickled Python objects, which can run code"
    LOCKED = "it is protected by a password"
    NOT_DECODABLE = "it is not written in UTF-8, UTF-16, Shift_JIS or EUC-JP"
    NUL = "it holds a NUL character"
    HALF_CHARACTER = "it holds half of a character (a lone surrogate)"
    TOO_LONG = "it is too long"
    OPEN_QUOTE = "a quotation mark is not closed, or text follows it"
    NOT_JSON = "it is not valid JSON"
    NOT_AN_OBJECT = "it is no JSON object"
    TOO_DEEP = "its JSON is nested too deep"
    NOT_TEXT = "it holds bytes that are no text"
    NOT_FINITE = "it is not a finite number"
    OTHER_DIMENSION = "its vector has another dimension than the first one"
    NO_VECTORS = "it holds no array of numbers with a row for each text"
    SEVERAL_ARRAYS = 'it holds several arrays, and none is named "vectors"'
    NOT_A_LATITUDE = "it is no latitude from -90 to 90"
    NOT_A_LONGITUDE = "it is no longitude from -180 to 180"
    NO_ROWS = "it has no rows"
    NO_TEXTS = "none of its rows has a text"
    TOOK_TOO_LONG = "it took too long"
    TOOK_TOO_MUCH = "it needed too much memory"
    READER_ENDED = "its content made the reader crash"
    MEGABYTES = "MB"
    UNPACKED_MEGABYTES = "MB when unpacked"
    ROWS = "rows"
    COLUMNS = "columns"
    CELLS = "cells"
    NOT_UTF8 = "it is not UTF-8"
    TOO_LARGE = "the file is too large"
    ANSWER_NO_LIST = "it holds no list of embeddings"
    ANSWER_COUNT = "it holds another number of vectors than texts were sent"
    ANSWER_ORDER = "its vectors are not numbered in the order of the texts"
    ANSWER_NO_NUMBERS = "a vector holds something else than numbers"
    ANSWER_NOT_FINITE = "a vector holds NaN, infinity or a number too large"
    ANSWER_DIMENSIONS = "its vectors have another dimension than before"
    ANSWER_TOO_LARGE = "it is larger than the vectors of these texts can be"
    ANSWER_PACKED = "it is compressed, which was not asked for"
    ADDRESS_SCHEME = "it does not begin with http:// or https://"
    ADDRESS_NO_HOST = "it names no machine"
    ADDRESS_USER = "it holds a user name or a password"
    ADDRESS_QUERY = "it has a part after ? or #"
    ADDRESS_PORT = "its port is no number from 1 to 65535"
    ADDRESS_CHARACTER = "it holds a space or another character that no address has"
    SERVED_NAME_EMPTY = "the name of the model on the server is empty"
    KEY_CHARACTER = "the API key holds a space or another character that no key has"
    KEY_NO_VARIABLE = "the environment variable that should hold the API key is not set"
    CONNECTION_BROKE = "the connection broke"
    NOT_CONNECTED = "nothing answers there"
    SESSIONS = "sessions"
    JOBS = "jobs"
    WAITING_CALLS = "waiting calls"


class ExplorerError(Exception):
    """What happened, with which value (``message``), and what to do (``hint``).

    ``values`` are the parts of the message, so that a page can say it in another language. Every
    argument has a default because an exception that needs one can't cross a process boundary.
    """

    def __init__(self, message: str = "", hint: str = "", **values: object) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint
        self.values = values

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class WorkerLost(ExplorerError):
    """A worker process ended in the middle of a call."""


class Busy(ExplorerError):
    """As many as the operator allows are being served already."""


class OutOfMemory(ExplorerError):
    """A worker had no memory left for a call."""


class ModelNotFound(ExplorerError):
    """No model of the catalogue has this name."""


class ModelNotHere(ExplorerError):
    """The model is known, but its files are not on this machine."""


class ModelFilesDiffer(ExplorerError):
    """The files of an embedded model are not the ones that its authors published."""


class PrecisionNotOffered(ExplorerError):
    """The device has no native arithmetic for the precision asked for."""


class BadVectors(ExplorerError):
    """A model gave vectors that can't be used: of a wrong count or size, or not finite."""


class BadRequest(ExplorerError):
    """A request that can't be answered as it stands."""


class StoreFault(ExplorerError):
    """The vector store could not be read or written."""


class NoWeights(ExplorerError):
    """A model folder without weights."""


class PickledWeights(ExplorerError):
    """A model folder whose weights are pickle files, which can run code."""


class CorruptWeights(ExplorerError):
    """A model file that can't be read."""


class NeedsOwnCode(ExplorerError):
    """A model that only works with Python code from its own files."""


class TooLarge(ExplorerError):
    """A model that does not fit into memory."""


class LoadFailed(ExplorerError):
    """The libraries could not make a model of the files."""


class EngineFailed(ExplorerError):
    """OpenVINO can't run what it had exported; from now on PyTorch serves the model."""


class BadModelName(ExplorerError):
    """Not a hub id, or not one at a fixed commit."""


class ModelNameTaken(ExplorerError):
    """The name for a new model is another one's."""


class JobNotFound(ExplorerError):
    """No job of the folder has this id."""


class JobFailed(ExplorerError):
    """A job ended by a failure that nobody expected."""


class JobLost(ExplorerError):
    """A job's process is gone, and it left no result."""


class HubUnreachable(ExplorerError):
    """The hub did not answer: no network, or something in between."""


class HubOffline(ExplorerError):
    """The hub may not be asked, because a variable forbids it."""


class HubRefused(ExplorerError):
    """The hub answered, but not with what was asked for."""


class HubTokenRefused(ExplorerError):
    """The hub does not take the access token of this machine."""


class HubModelNotFound(ExplorerError):
    """The hub has no model of this id, or does not show it."""


class HubRevisionNotFound(ExplorerError):
    """The hub's model has no such revision."""


class LicenceNotAccepted(ExplorerError):
    """The hub gives the model's files only to those who accepted its licence."""


class DiskFull(ExplorerError):
    """The disk has no room for what was to be written."""


class NoRoom(ExplorerError):
    """The disk has no room for a file of the app's own."""


class PathNotUsable(ExplorerError):
    """A file or folder that must be read or written can't be."""


class DownloadCut(ExplorerError):
    """A download stopped in the middle; what has come is kept."""


class DownloadDamaged(ExplorerError):
    """A downloaded file is not the one that the hub announced."""


class BadText(ExplorerError):
    """A text that no tokenizer can read."""


class BadExperiment(ExplorerError):
    """A file or link that holds no experiment."""


class TooMany(ExplorerError):
    """More texts than can be compared at once."""


class BadTable(ExplorerError):
    """A table with a cell or column that can't be used."""


class BadDimension(ExplorerError):
    """A dimension that a vector of the model can't be cut to."""


class TooFew(ExplorerError):
    """Fewer texts than a study needs."""


class AllAlike(ExplorerError):
    """Vectors that are all the same, so that none is nearer than another."""


class BadFile(ExplorerError):
    """A user's file that can't be read at all."""


class BadRow(ExplorerError):
    """A row of a user's file that can't be used; row 1 is the first one after a header."""


class BadColumn(ExplorerError):
    """A column of a user's file that can't be used."""


class BadCell(ExplorerError):
    """A cell of a user's file that can't be used."""


class FileTooLarge(ExplorerError):
    """A user's file with more of something than is read."""


class ReadingStopped(ExplorerError):
    """The process that read a user's file went over its limits, or ended by itself."""


class LengthsDiffer(ExplorerError):
    """Vectors and metadata that have not the same number of rows."""


class BadServerAddress(ExplorerError):
    """An address, served name or key that no server can have."""


class ServerUnreachable(ExplorerError):
    """No connection to a server, or one that broke."""


class ServerTooSlow(ExplorerError):
    """A server that did not answer in time."""


class ServerKeyRefused(ExplorerError):
    """A server that wants another API key, or one at all (HTTP 401, 403)."""


class ServerHasNoModel(ExplorerError):
    """A server that has nothing at this path or under this name (HTTP 404)."""


class ServerBusy(ExplorerError):
    """A server that wants fewer requests (HTTP 429)."""


class ServerRefused(ExplorerError):
    """A server that answered with another failure."""


class ServerRedirects(ExplorerError):
    """A server that sends its callers elsewhere, where no key or text is taken."""


class BadServerAnswer(ExplorerError):
    """An answer that holds no usable vectors."""


class ServerModelChanged(ExplorerError):
    """A server whose model has another dimension than the one that was added."""


class TaskNotFound(ExplorerError):
    """mteb has no task of this name."""


class TaskDataFailed(ExplorerError):
    """The data of an mteb task could not be read."""


class BadLabels(ExplorerError):
    """Labelled texts that can't measure anything."""
