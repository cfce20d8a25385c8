/* Linked into every instrumented program. With LW_CHECK the contents of watched memory go to the result file after each
   execution of a region; without it the time of each region accumulates in a shared mapping of that file, so that the
   figures survive exit(), _exit() and signals. The format is read by observation.py and timing.py. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MAX_PATH 4096
typedef uint64_t u64;

enum { RAW = 0, FLOAT = 1, DOUBLE = 2, LONG_DOUBLE = 3, UNSIGNED = 4, SIGNED = 5 };

static char result_path[MAX_PATH];
static int silent; /* true in children: only the first process reports */

static void become_silent(void) { silent = 1; }

static void start(void);

__attribute__((constructor(101))) static void begin(void) {
  const char *path = getenv("LW_RESULT");
  silent = 1;
  if (path == NULL || strlen(path) >= MAX_PATH) return;
  strcpy(result_path, path);
  unsetenv("LW_RESULT");
  silent = 0;
  pthread_atfork(NULL, NULL, become_silent);
  start();
}

static unsigned element_bytes(unsigned type) { return type >> 8; }

/* ------------------------------------------------------------------------------------------------ checking */
#if LW_CHECK

#define CHUNK 65536u
#define EVERY_ENTRY 64u                 /* entries written one by one; later ones at powers of two, all are hashed */
#define KEEP_BYTES (64ull << 20)        /* contents written in full, over the whole run */
#define HASH_BYTES (8ull << 30)         /* after so much only written entries are hashed */
enum { RECORD_DUMP = 1, RECORD_OVERRUN = 2, RECORD_ENTRIES = 3 };

struct record { u64 kind, region, dump, entry, size, comparable, running, hashes, kept; };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static u64 entries[LW_REGIONS + 1], kept_bytes, hashed_bytes;
static u64 running[LW_REGIONS + 1][LW_DUMPS + 1];

static void append(int file, const void *data, size_t size) {
  const char *bytes = data;
  while (size > 0) {
    ssize_t written = write(file, bytes, size);
    if (written <= 0) return;
    bytes += written;
    size -= (size_t)written;
  }
}

static int result_file(void) { return open(result_path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644); }

static void finish(void) {
  if (silent) return;
  int file = result_file();
  for (u64 region = 0; region < LW_REGIONS; region++) {
    struct record record = {RECORD_ENTRIES, region, 0, entries[region], 0, 0, 0, 0, 0};
    for (u64 dump = 0; dump <= LW_DUMPS; dump++) record.running = record.running * 31 + running[region][dump];
    append(file, &record, sizeof record);
  }
  close(file);
}

static void start(void) { atexit(finish); }

static u64 hash(u64 state, const unsigned char *bytes, size_t size) {
  u64 word;
  for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
    memcpy(&word, bytes, sizeof word);
    state = (state ^ word) * 0x9E3779B97F4A7C15ull;
    state ^= state >> 29;
  }
  word = size;
  memcpy(&word, bytes, size);
  state = (state ^ word ^ ((u64)size << 56)) * 0xBF58476D1CE4E5B9ull;
  return state ^ (state >> 32);
}

/* One spelling of every NaN and no padding: C leaves both open. Gives the number of elements that say something. */
#define NORMALIZE(name, element)                                                                                     \
  static u64 name(unsigned char *bytes, size_t count) {                                                              \
    element *values = (element *)bytes;                                                                              \
    u64 said = 0;                                                                                                    \
    for (size_t at = 0; at < count; at++) said += values[at] == values[at];                                          \
    for (size_t at = 0; said < count && at < count; at++)                                                            \
      if (values[at] != values[at]) memset(&values[at], 0xFF, sizeof values[at]);                                    \
    return said;                                                                                                     \
  }
NORMALIZE(normalize_float, float)
NORMALIZE(normalize_double, double)
NORMALIZE(normalize_long_double, long double)

static u64 normalize(unsigned char *bytes, size_t size, unsigned type) {
  size_t count = size / element_bytes(type);
  u64 said = count;
  switch (type & 255) {
  case FLOAT: return normalize_float(bytes, count);
  case DOUBLE: return normalize_double(bytes, count);
  case LONG_DOUBLE:
    said = normalize_long_double(bytes, count);
#ifdef __x86_64__
    for (size_t at = 0; at < count; at++) memset(bytes + 16 * at + 10, 0, 6);
#endif
  }
  return said;
}

void __lw_dump(unsigned region, unsigned dump, const volatile void *address, unsigned long size, unsigned type) {
  static unsigned char buffer[CHUNK] __attribute__((aligned(64)));
  if (silent) return;
  if ((long)size < 0) size = 0; /* bounds of an empty loop */
  pthread_mutex_lock(&lock);
  u64 entry = entries[region] - 1;
  int written = entry < EVERY_ENTRY || (entry & (entry - 1)) == 0;
  if (written || hashed_bytes < HASH_BYTES) {
    u64 chunks = (size + CHUNK - 1) / CHUNK;
    u64 *hashes = malloc(8 * (chunks + 1));
    int keep = written && kept_bytes + size <= KEEP_BYTES;
    unsigned char *kept = keep ? malloc(size + 1) : NULL;
    struct record record = {RECORD_DUMP, region, dump, entry, size, 0, 0, chunks, kept ? size : 0};
    for (u64 chunk = 0; chunk < chunks; chunk++) {
      size_t part = size - chunk * CHUNK < CHUNK ? size - chunk * CHUNK : CHUNK;
      memcpy(buffer, (const unsigned char *)address + chunk * CHUNK, part);
      record.comparable += normalize(buffer, part, type);
      hashes[chunk] = hash(chunk, buffer, part);
      if (kept) memcpy(kept + chunk * CHUNK, buffer, part);
    }
    running[region][dump] = hash(running[region][dump], (unsigned char *)hashes, 8 * chunks);
    record.running = running[region][dump];
    hashed_bytes += size;
    if (written) {
      int file = result_file();
      append(file, &record, sizeof record);
      append(file, hashes, 8 * chunks);
      if (kept) append(file, kept, size);
      close(file);
      kept_bytes += record.kept;
    }
    free(kept);
    free(hashes);
  }
  pthread_mutex_unlock(&lock);
}

void __lw_enter(unsigned region) { (void)region; }

void __lw_leave(unsigned region) { __atomic_add_fetch(&entries[region], 1, __ATOMIC_RELAXED); }

static void report_overrun(unsigned array, u64 offset) {
  struct record record = {RECORD_OVERRUN, 0, array, 0, offset, 0, 0, 0, 0};
  int file = result_file();
  append(file, &record, sizeof record);
  close(file);
}

/* Time stands nearly still while checking, so that programs which print or seed with it repeat themselves. A clock of
   the program's own wins over these. */
static u64 tick(void) {
  static u64 microseconds;
  return __atomic_add_fetch(&microseconds, 1, __ATOMIC_RELAXED);
}
#define EPOCH 1000000000

__attribute__((weak)) int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  u64 at = tick();
  (void)zone;
  now->tv_sec = EPOCH + (time_t)(at / 1000000);
  now->tv_usec = (suseconds_t)(at % 1000000);
  return 0;
}
__attribute__((weak)) int clock_gettime(clockid_t clock, struct timespec *now) {
  u64 at = tick();
  (void)clock;
  now->tv_sec = EPOCH + (time_t)(at / 1000000);
  now->tv_nsec = (long)(at % 1000000) * 1000;
  return 0;
}
__attribute__((weak)) time_t time(time_t *now) {
  time_t at = EPOCH + (time_t)(tick() / 1000000);
  if (now) *now = at;
  return at;
}
__attribute__((weak)) clock_t clock(void) { return (clock_t)tick(); }
__attribute__((weak)) double omp_get_wtime(void) { return (double)tick() * 1e-6; }

/* ------------------------------------------------------------------------------------------------ timing */
#else

#define SAMPLES 1024

struct timer { u64 entries, total_ns, samples_ns[SAMPLES]; };
static struct timer *timers;
static __thread u64 entered_ns[LW_REGIONS + 1];

static void start(void) {
  size_t size = sizeof(struct timer) * LW_REGIONS;
  int file = open(result_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (file >= 0 && ftruncate(file, (off_t)size) == 0) {
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) {
      memset(mapped, 0, size); /* touch every page now, not inside a region */
      timers = mapped;
    }
  }
  if (file >= 0) close(file);
}

static u64 now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec;
}

void __lw_enter(unsigned region) { entered_ns[region] = now_ns(); }

void __lw_leave(unsigned region) {
  u64 spent = now_ns() - entered_ns[region];
  if (silent || timers == NULL) return;
  u64 entry = __atomic_fetch_add(&timers[region].entries, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&timers[region].total_ns, spent, __ATOMIC_RELAXED);
  if (entry < SAMPLES) timers[region].samples_ns[entry] = spent;
}

void __lw_dump(unsigned region, unsigned dump, const volatile void *address, unsigned long size, unsigned type) {
  (void)region, (void)dump, (void)address, (void)size, (void)type;
}

#endif

/* ------------------------------------------------------------------------------------------------ harness */
#define CANARY_BYTES 4096u
#define CANARY 0xA5
#define COPY_BYTES (16u << 20) /* inputs larger than this are made anew instead of copied */
#define STAGGER 1088u /* arrays start at different offsets in a page, as they would in a program */
#define CHECK_ROUNDS 3u
#define TIME_NS 40000000u
#define LONG_NS 200000000u /* a call that takes so long is not repeated */
#define TIME_ROUNDS 512u
#define REFILL_NS 300000000u /* time that all rounds together may take, inputs included */

static struct array { unsigned char *data; u64 size, before; void *pristine; } arrays[LW_ARRAYS + 1];
static unsigned round_number;

static u64 page_up(u64 size) { return (size + 4095u) / 4096u * 4096u; }

/* Memory for array `number`: `before` bytes at negative subscripts, `after` bytes from subscript 0. */
void *__lw_array(unsigned number, unsigned long before, unsigned long after) {
  struct array *array = &arrays[number];
  u64 shift = STAGGER * (number % 16), pad = (64 - before % 64) % 64;
  u64 inner = page_up(CANARY_BYTES + shift + pad + before + after + CANARY_BYTES);
  unsigned char *base = mmap(NULL, inner + 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) _exit(71);
  mprotect(base, 4096, PROT_NONE);
  mprotect(base + 4096 + inner, 4096, PROT_NONE);
  memset(base + 4096, CANARY, inner);
  array->data = base + 4096 + CANARY_BYTES + shift + pad;
  array->size = before + after;
  array->before = before;
  return array->data + before;
}

/* Random bits number `at` of the stream `seed`: each can be had without the ones before it. */
static inline u64 random_bits(u64 seed, u64 at) {
  u64 z = seed + (at + 1) * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

static inline double random_real(u64 seed, u64 at, double low, double high) {
  return low + (high - low) * ((double)(random_bits(seed, at) >> 11) * 0x1p-53);
}

#define FILL(name, element)                                                                                          \
  static void name(element *values, u64 count, double low, double high, u64 seed) {                                  \
    for (u64 at = 0; at < count; at++) values[at] = (element)random_real(seed, at, low, high);                       \
  }
FILL(fill_float, float)
FILL(fill_double, double)
FILL(fill_long_double, long double)

static void fill_integer(unsigned char *bytes, u64 count, unsigned width, double low, double high, u64 seed) {
  int64_t first = (int64_t)low, last = (int64_t)high;
  u64 range = last > first ? (u64)(last - first) : 1;
  for (u64 at = 0; at < count; at++) {
    int64_t value = first + (int64_t)(random_bits(seed, at) % range);
    memcpy(bytes + at * width, &value, width); /* little-endian */
  }
}

/* Values in [low, high) for the bytes at `address`; if `blank`, NaN or all bits set instead. */
void __lw_fill(unsigned number, void *address, unsigned long size, unsigned type, double low, double high, int blank) {
  u64 seed = 0x5851F42D4C957F2Dull * (number + 1) + 0xD1342543DE82EF95ull * (LW_CHECK ? round_number : 1);
  struct array *array = &arrays[number];
  if (blank) {
    memset(address, 0xFF, size);
    return;
  }
  if (array->pristine) {
    memcpy(address, array->pristine, size);
    return;
  }
  u64 count = size / element_bytes(type);
  switch (type & 255) {
  case FLOAT: fill_float(address, count, low, high, seed); break;
  case DOUBLE: fill_double(address, count, low, high, seed); break;
  case LONG_DOUBLE: fill_long_double(address, count, low, high, seed); break;
  default: fill_integer(address, count, element_bytes(type), low, high, seed);
  }
  if (!LW_CHECK && size <= COPY_BYTES && (array->pristine = malloc(size + 1)) != NULL)
    memcpy(array->pristine, address, size);
}

/* A value in [0.5, 1.5), another one in every round of a check. */
double __lw_scalar(unsigned number) {
  u64 state = 0xD1342543DE82EF95ull * (number + 1) + (LW_CHECK ? round_number : 1);
  return random_real(state, 0, 0.5, 1.5);
}

/* Reports every array with a changed byte outside its bounds, and repairs it. */
void __lw_guards(void) {
#if LW_CHECK
  for (unsigned number = 0; number < LW_ARRAYS; number++) {
    struct array *array = &arrays[number];
    if (array->data == NULL) continue;
    for (unsigned at = 0; at < CANARY_BYTES; at++) {
      unsigned char *before = array->data - 1 - at, *after = array->data + array->size + at;
      if (*after != CANARY) report_overrun(number, array->size - array->before + at);
      if (*before != CANARY) report_overrun(number, -(array->before + 1 + at));
      if (*after != CANARY || *before != CANARY) {
        *after = *before = CANARY;
        break;
      }
    }
  }
#endif
}

/* True while the harness shall call once more: a few inputs to check, or until the time is known well. */
int __lw_more(unsigned region) {
#if LW_CHECK
  (void)region;
  return round_number++ < CHECK_ROUNDS;
#else
  static u64 begun_ns;
  if (begun_ns == 0) begun_ns = now_ns();
  if (timers == NULL) return round_number++ < 1;
  if (timers[region].total_ns > LONG_NS) return 0;
  if (round_number++ < 2) return 1;
  return timers[region].total_ns < TIME_NS && round_number <= TIME_ROUNDS && now_ns() - begun_ns < REFILL_NS;
#endif
}
