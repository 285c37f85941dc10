/** PostgreSQL names the socket after a port even when it listens on no port. */
export const PORT = 5432;

/** After a crash, all files are forced to disk before recovery begins. Linux does it in one call, not in one for each file. */
const ON_LINUX = `
recovery_init_sync_method = syncfs
`;

const EVERYWHERE = `# Hindsight writes this file at each start. To change a setting, use ALTER SYSTEM (docs/operations.md).

# A power cut loses nothing that was confirmed.
fsync = on
full_page_writes = on
synchronous_commit = on

# Whoever started the server starts it anew. When PostgreSQL does that itself and the disk is full, it can wait for ever for a
# checkpoint that failed (seen with 18.4).
restart_after_crash = off

# The server's pool has 20 connections and it listens on one more. A backup has as many beside it, and a person some.
max_connections = 60
password_encryption = 'scram-sha-256'

# The machine may be small, and all rows of a busy community fit into this.
shared_buffers = 24MB
huge_pages = off
work_mem = 4MB
maintenance_work_mem = 16MB
wal_buffers = 1MB
min_wal_size = 32MB
max_wal_size = 128MB
# Each process of PostgreSQL takes memory: none is kept for reading ahead, parallel queries or replication.
io_method = sync
max_worker_processes = 0
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
max_logical_replication_workers = 0
wal_level = minimal
max_wal_senders = 0
max_replication_slots = 0
autovacuum_max_workers = 1
autovacuum_worker_slots = 1
jit = off

# The log goes to whoever started the server. Statements may hold what people wrote, so errors are logged without them.
log_destination = 'stderr'
logging_collector = off
log_line_prefix = '%m [%p] '
log_timezone = 'UTC'
log_checkpoints = off
log_min_error_statement = panic
lc_messages = 'C'

timezone = 'UTC'
datestyle = 'iso, mdy'
default_text_search_config = 'pg_catalog.english'
`;

/**
 * These settings are written into `postgresql.conf` at each start. Whoever wants others uses ALTER SYSTEM, whose file is read
 * after this one.
 */
export const SETTINGS = process.platform === 'linux' ? `${EVERYWHERE}${ON_LINUX}` : EVERYWHERE;

/** Says who may come in: whoever reaches the socket and has the password. */
export const ACCESS_RULES = 'local all all scram-sha-256\n';

/** Returns what depends on the place and cannot be changed by ALTER SYSTEM: only a socket is listened on. */
export function placeArguments(folder: string, socketFolder: string): string[] {
  const quoted = `"${socketFolder.replaceAll('"', '""')}"`;
  return [
    '-D',
    folder,
    ...['-c', 'listen_addresses=', '-c', `port=${PORT}`, '-c', `unix_socket_directories=${quoted}`],
  ];
}
