"""Every key of the session's state."""

from __future__ import annotations

from enum import StrEnum


class Key(StrEnum):
    """The value is the key's name; those listed in links.py are also names in the URL."""

    LANGUAGE = "lang"  # "en" or "ja"
    WELCOME_CLOSED = "welcome_closed"
    WELCOME_CLOSE = "welcome_close"

    # Compare: what the user enters
    COMPARE_EXAMPLE = "example"  # id of the example last loaded
    COMPARE_QUERIES = "queries"  # text, a query a line
    COMPARE_INPUT = "documents_as"  # "lines" or "table"
    COMPARE_DOCUMENTS = "documents"  # text, a document a line
    COMPARE_TABLE = "document_table"  # prefix of the editor's key, which holds its changes
    COMPARE_TABLE_NUMBER = "document_table_number"  # rest of that key: a new base, a new editor
    COMPARE_TABLE_BASE = "document_table_base"  # the documents that its changes apply to
    COMPARE_TABLE_ROWS = "document_table_rows"  # the two together
    COMPARE_TABLE_LANGUAGE = "document_table_language"  # that of the editor's header
    COMPARE_MODELS = "models"  # short names
    COMPARE_QUERY_TASK = "query_task"
    COMPARE_DOCUMENT_TASK = "document_task"
    COMPARE_QUERY_PROMPT = "query_prompt"  # the user's own, for the task "custom"
    COMPARE_DOCUMENT_PROMPT = "document_prompt"
    COMPARE_INSTRUCTION = "instruction"
    COMPARE_DIMENSION = "dimension"  # 0 is each model's full output
    COMPARE_SIMILARITY = "similarity"  # "own" is each model's own
    COMPARE_PRECISION = "precision"
    COMPARE_TEXTS = "texts"  # a link's packed texts, while they are those of the form
    COMPARE_RIGHT = "right_documents"  # by query text, the set of its right documents
    COMPARE_RIGHT_BOX = "right_box"  # prefix of the box that marks them for one query
    COMPARE_READING = "reading"  # whether the table of tokens is open
    COMPARE_UNDO = "compare_before_example"  # the form as it was before an example was loaded
    COMPARE_UNDO_BUTTON = "compare_undo"
    COMPARE_RUN_BUTTON = "compare_run"
    COMPARE_CANCEL_BUTTON = "compare_cancel"

    # Compare: what came out
    COMPARE_RESULT = "comparison"
    COMPARE_ERROR = "comparison_error"
    COMPARE_SHOWN_QUERY = "shown_query"
    COMPARE_EXPLANATIONS = "explanations"  # of the comparisons that were shown last
    COMPARE_UNEXPLAINED = "explain_cancelled"  # the comparison that is to stay without
    COMPARE_EXPLAIN_BUTTON = "explain_button"
    COMPARE_EXPLAIN_CANCEL = "explain_cancel"

    # Compare: kept and shared
    COMPARE_LINK_TEXTS = "link_with_texts"
    COMPARE_OPEN = "open_experiment"  # prefix of the upload's key
    COMPARE_OPEN_NUMBER = "open_experiment_number"  # rest of that key: an empty field again
    COMPARE_OPEN_ERROR = "open_error"
    COMPARE_PROBLEMS = "open_problems"  # what of a file or link could not be restored
    COMPARE_HISTORY = "history"  # this session's comparisons, newest first
    COMPARE_SHARE_MENU = "share"
    COMPARE_FILE_MENU = "file"
    COMPARE_HISTORY_MENU = "history_menu"
    COMPARE_HISTORY_TABLE = "history_table"
    COMPARE_HISTORY_SHOW = "history_show"
    COMPARE_HISTORY_BESIDE = "history_beside"
    COMPARE_BESIDE = "beside"  # the two comparisons that are shown side by side
    COMPARE_BESIDE_CLOSE = "beside_close"
    PICTURE_FORMAT = "picture_format"  # what a chart's camera saves: "png" or "svg"

    # Prompts; the texts are those of Compare
    PROMPTS_MODELS = "prompt_models"
    PROMPTS_TASK = "prompt_task"
    PROMPTS_CUSTOM = "custom_prompts"  # a prompt a line
    PROMPTS_PRECISION = "prompt_precision"
    PROMPTS_RUN_BUTTON = "prompts_run"
    PROMPTS_RESULT = "prompt_studies"
    PROMPTS_ERROR = "prompts_error"
    PROMPTS_MEASURE = "prompts_measure"

    # Probes
    PROBES_MODELS = "probe_models"
    PROBES_LANGUAGES = "probe_languages"
    PROBES_PACKS = "probe_packs"
    PROBES_TASK = "probe_task"
    PROBES_PRECISION = "probe_precision"
    PROBES_ROWS = "probe_rows"  # the user's own items
    PROBES_TABLE = "probe_table"  # prefix of the editor's key
    PROBES_TABLE_NUMBER = "probe_table_number"
    PROBES_TABLE_BASE = "probe_table_base"
    PROBES_TABLE_LANGUAGE = "probe_table_language"  # that of its header
    PROBES_OWN = "probes_own"  # whether the table of own items is open
    PROBES_FILE = "probe_file"
    PROBES_FILE_ERROR = "probe_file_error"
    PROBES_RUN_BUTTON = "probes_run"
    PROBES_RESULT = "probe_result"
    PROBES_ERROR = "probes_error"
    PROBES_SHOWN_PACK = "shown_pack"
    PROBES_SHOWN_ITEMS = "shown_items"  # "all", "failed" or "disputed"

    # Dimensions
    SIZING_MODEL = "sizing_model"
    SIZING_SOURCE = "sizing_source"
    SIZING_LINES = "sizing_lines"
    SIZING_FILE = "sizing_file"
    SIZING_PAIRS = "sizing_pairs"  # the labelled pairs of the file that was read last
    SIZING_FILE_ERROR = "sizing_file_error"
    SIZING_TASK = "sizing_task"
    SIZING_PRECISION = "sizing_precision"
    SIZING_DIMENSIONS = "sizing_dimensions"
    SIZING_RUN_BUTTON = "sizing_run"
    SIZING_RESULT = "sizing_result"
    SIZING_ERROR = "sizing_error"
    SIZING_LOSS = "sizing_loss"

    # Sets
    SETS_SOURCE = "sets_source"  # id of a built-in set, or "own"
    SETS_PICKER = "sets_picker"  # of the source, with a number that goes up at each new own set
    SETS_PICKER_NUMBER = "sets_picker_number"
    SETS_FILE = "sets_file"
    SETS_READ = "sets_read"  # the file as it was read
    SETS_READ_ERROR = "sets_read_error"
    SETS_OWN = "own_set"  # the user's set, made of the file's columns
    SETS_COLUMN = "sets_column"  # prefix of the pickers of columns
    SETS_USE_BUTTON = "sets_use"
    SETS_MODELS = "sets_models"
    SETS_TASK = "sets_task"
    SETS_PRECISION = "sets_precision"
    SETS_RUN_BUTTON = "sets_run"
    SETS_ENCODED = "sets_encoded"  # the vectors of the sets in use, newest last
    SETS_ERROR = "sets_error"
    SETS_DONE = "sets_done"
    SETS_TABS = "sets_tabs"
    SETS_QUERY = "sets_query"
    SETS_LIKE = "sets_like"
    SETS_K = "sets_k"
    SETS_FILTER_COLUMN = "sets_filter_column"
    SETS_FILTER_VALUES = "sets_filter_values"
    SETS_THRESHOLD = "sets_threshold"
    SETS_DUPLICATES = "sets_duplicates"
    SETS_METHOD = "sets_method"
    SETS_CLUSTER_SIZE = "sets_cluster_size"
    SETS_CLUSTER_COUNT = "sets_cluster_count"
    SETS_CLUSTERS = "sets_clusters"
    SETS_TRUTH = "sets_truth"
    SETS_PAIR = "sets_pair"
    SETS_CHUNK_BY = "sets_chunk_by"
    SETS_CHUNK_OVERLAP = "sets_chunk_overlap"
    SETS_LENGTHS = "sets_lengths"
    SETS_CHUNK_TOKENS = "sets_chunk_tokens"
    SETS_CHUNKS = "sets_chunks"

    # Map
    MAP_SET = "set"
    MAP_MODELS = "map_models"
    MAP_TASK = "map_task"
    MAP_PRECISION = "map_precision"
    MAP_METHOD = "method"
    MAP_COMPONENTS = "components"
    MAP_METRIC = "metric"
    MAP_NEIGHBOURS = "neighbours"
    MAP_MIN_DIST = "min_dist"
    MAP_SEED = "seed"
    MAP_COLOUR = "colour"
    MAP_K = "k"
    MAP_SELECTED = "selected"  # the places of the selected texts
    MAP_ORIGIN = "map_origin"  # the chart that shows them by itself, by a lasso
    MAP_STANDING = "map_standing"  # what each chart was last asked to show
    MAP_SEARCH = "map_search"
    MAP_TABLE = "map_table"
    MAP_TABLE_NUMBER = "map_table_number"
    MAP_PANEL = "map_panel"  # prefix of the panels' keys
    MAP_CLEAR = "map_clear"
    MAP_MORE = "map_more"  # whether the rest of the settings is open
    MAP_MOVEMENT = "map_movement"
    MAP_HTML = "map_html"
    MAP_ASKED = "map_asked"  # the picture that was drawn last
    MAP_SEEN = "map_seen"  # the pictures that this session has drawn

    # Benchmarks
    BENCHMARK = "benchmark"
    BENCHMARKS_MODELS = "benchmark_models"  # hub ids
    BENCHMARKS_FOR = "benchmark_models_for"  # the benchmark for which they were chosen
    BENCHMARKS_FILTER = "benchmark_filter"  # whether it is open
    BENCHMARKS_SIZE = "benchmark_size"
    BENCHMARKS_DIMENSION = "benchmark_dimension"
    BENCHMARKS_LANGUAGE = "benchmark_language"
    BENCHMARKS_LICENCES = "benchmark_licences"
    BENCHMARKS_CHOOSE = "benchmark_choose"
    BENCHMARKS_OURS = "benchmark_ours"
    LOCAL_MODELS = "local_models"
    LOCAL_TASKS = "local_tasks"
    LOCAL_PRECISION = "local_precision"
    LOCAL_DIMENSION = "local_dimension"
    LOCAL_RUN_BUTTON = "local_run"

    # Fine-tune
    TUNE_MODEL = "tune_model"
    TUNE_SOURCE = "tune_source"
    TUNE_FILE = "tune_file"
    TUNE_READ = "tune_read"  # the file's name and content, and what is learned from it
    TUNE_HOLD_OUT = "tune_hold_out"
    TUNE_MINED = "tune_mined"
    TUNE_KEPT = "tune_kept"
    TUNE_KEPT_READ = "tune_kept_read"  # the files' names and contents, and their triplets
    TUNE_CHECKPOINT = "tune_checkpoint"
    TUNE_ITEMS = "tune_items"
    TUNE_START = "tune_start"

    # Speed
    SPEED_TABS = "speed_tabs"
    SPEED_MODELS = "speed_models"
    SPEED_PROTOCOLS = "speed_protocols"
    SPEED_PRECISION = "speed_precision"
    SPEED_RUN_BUTTON = "speed_run"
    SPEED_COST = "speed_cost"
    SPEED_QUALITY = "speed_quality"
    SPEED_PRECISE_MODEL = "speed_precise_model"
    SPEED_PRECISE_BUTTON = "speed_precise_run"
    BENCHMARKS_TABS = "benchmark_tabs"
    BENCHMARKS_TASK = "benchmark_task"
    BENCHMARKS_FIRST = "benchmark_first"
    BENCHMARKS_SECOND = "benchmark_second"

    # Your data
    LABELLED_FILES = "labelled_files"
    LABELLED_READ = "labelled_read"  # the files as they were read, by name
    LABELLED_ERROR = "labelled_error"
    LABELLED_COLUMN = "labelled_column"  # prefix of the pickers of columns
    LABELLED_KIND = "labelled_kind"
    LABELLED_DROP = "labelled_drop"
    LABELLED_MODELS = "labelled_models"
    LABELLED_PRECISION = "labelled_precision"
    LABELLED_DIMENSION = "labelled_dimension"
    LABELLED_RUN_BUTTON = "labelled_run"
    LABELLED_JOB = "labelled_job"  # id of this session's evaluation while it runs
    LABELLED_ASKED = "labelled_asked"  # what that evaluation is of
    LABELLED_RESULT = "labelled_result"  # an evaluation, or why there is none
    LABELLED_FIRST = "labelled_first"
    LABELLED_SECOND = "labelled_second"

    # Models
    MODEL = "model"  # short name of the one that is shown
    MODELS_TABLE = "models_table"
    MODEL_TABS = "model_tabs"
    MODEL_CHECK_BUTTON = "model_check"
    MODEL_UNLOAD_BUTTON = "model_unload"
    MODEL_REPORT = "model_report"  # (short name, what loading it took)
    MODEL_TOKEN_TEXT = "token_text"
    MODEL_PLAN = "download_plan"  # what a download would bring
    MODEL_PLAN_BUTTON = "download_size"
    MODEL_DOWNLOAD_BUTTON = "download"
    MODEL_DELETE_BUTTON = "model_delete"
    MODEL_JOB = "download_job"  # id of the download that is shown
    MODEL_ADD_TEXT = "add_text"
    MODEL_ADD_BUTTON = "add_model"
    MODEL_ADD_ERROR = "add_error"
    MODEL_REMOVE_BUTTON = "remove_model"
    SERVER_URL = "server_url"
    SERVER_NAME = "server_name"
    SERVER_BASE = "server_base"  # the catalogue's model that it serves, "" for another one
    SERVER_KEY = "server_key"  # prefix of the field's key
    SERVER_KEY_NUMBER = "server_key_number"  # rest of that key: an empty field again
    SERVER_QUERY_PROMPT = "server_query_prompt"
    SERVER_DOCUMENT_PROMPT = "server_document_prompt"
    SERVER_BUTTON = "add_server"
    SERVER_ERROR = "server_error"

    # The frame
    PAGES = "pages"  # by section, by language
    PARTS = "parts"  # what has the parts of pages that are sent again (recorded.py)

    # Links: the pages whose URL has been read in this session
    LINKS_READ = "links_read"
