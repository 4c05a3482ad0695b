/* The core CPU model as a plain C event loop: one binary heap of timers, arrays of small structs.
 *
 * A timer is one integer, time << RANK_BITS | rank, so that one comparison orders both the times
 * and, among simultaneous timers, LPs before threads and low indices first. The timer that fires
 * stays at the root until a handler sets a new one, which then takes its place (one sift instead
 * of two). Idle LPs and a guest's idle VPs are bit masks; the ready VPs are a binary heap on
 * (v, arrival).
 *
 * Given draws, it is compared bit for bit with the other implementations; given none, it makes its
 * own inside the loop (xoshiro256+, exponential by inversion) and is for timing only. Both are the
 * same code, specialised by the compiler.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { RANK_BITS = 16, MAX_MASK = 64, CHARGE_SCALE = 10000, NOBODY = -1 };
enum { OK = 0, NO_MEMORY = 1, TOO_LARGE = 2 };

typedef struct {
    int64_t horizon_ns, slice_ns, switch_ns;
    int64_t lps, guests, vps_per_guest, threads_per_guest, requests; /* draws a thread has */
    double mean_think_ns, mean_cpu_ns;                               /* of own draws */
    uint64_t rng[4];                                                 /* of own draws */
} Setting;

typedef struct { int64_t events, dispatches, switches, busy_ns; } Totals;

typedef struct {
    int64_t weight, completed, response_ns, waiting_ns;
    uint64_t idle_vps;
    int32_t queue_head, queue_tail, first_vp;
} Guest;

typedef struct {
    int64_t started_ns, remaining_ns;
    const int64_t *think_ns, *cpu_ns; /* its next draws */
    int32_t guest, next_in_queue;
} Thread;

typedef struct {
    int64_t v, ready_since_ns;
    int32_t guest, thread, last_lp;
} Vp;

typedef struct {
    int64_t dispatched_ns, slice_end_ns, work_from_ns;
    int32_t vp;
} Lp;

typedef struct { int64_t v, arrival; int32_t vp; } Ready;

typedef struct {
    Setting set;
    Totals sum;
    int64_t vclock, arrivals;
    uint64_t idle_lps;
    uint64_t *timers;
    int32_t timer_count, root_is_free, ready_count;
    Ready *ready;
    Guest *guests;
    Thread *threads;
    Vp *vps;
    Lp *lps;
} Host;

static inline uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static inline double uniform(uint64_t s[4]) /* Blackman and Vigna, xoshiro256+ 1.0 */
{
    const uint64_t result = s[0] + s[3], t = s[1] << 17;
    s[2] ^= s[0], s[3] ^= s[1];
    s[1] ^= s[2], s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return (double)(result >> 11) * 0x1.0p-53;
}

static inline int64_t exponential_ns(uint64_t s[4], double mean_ns)
{
    const int64_t ns = (int64_t)ceil(-log1p(-uniform(s)) * mean_ns);
    return ns < 1 ? 1 : ns;
}

static inline int64_t next_think_ns(Host *h, Thread *t, int own_draws)
{
    return own_draws ? exponential_ns(h->set.rng, h->set.mean_think_ns) : *t->think_ns++;
}

static inline void timer_sift_down(Host *h, uint64_t timer)
{
    uint64_t *a = h->timers;
    const int32_t n = h->timer_count;
    int32_t i = 0, child;
    while ((child = 2 * i + 1) < n) {
        child += child + 1 < n && a[child + 1] < a[child];
        if (timer <= a[child])
            break;
        a[i] = a[child];
        i = child;
    }
    a[i] = timer;
}

static inline void timer_set(Host *h, int64_t at_ns, int32_t rank)
{
    const uint64_t timer = (uint64_t)at_ns << RANK_BITS | (uint64_t)rank;
    if (h->root_is_free) {
        h->root_is_free = 0;
        timer_sift_down(h, timer);
        return;
    }
    int32_t i = h->timer_count++;
    while (i > 0 && timer < h->timers[(i - 1) / 2]) {
        h->timers[i] = h->timers[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h->timers[i] = timer;
}

static inline void timer_close_root(Host *h)
{
    if (!h->root_is_free)
        return;
    h->root_is_free = 0;
    if (--h->timer_count > 0)
        timer_sift_down(h, h->timers[h->timer_count]);
}

static inline int before(Ready a, Ready b) { return a.v < b.v || (a.v == b.v && a.arrival < b.arrival); }

static inline void wait_for_lp(Host *h, int32_t vp, int64_t now)
{
    const Ready item = {h->vps[vp].v, ++h->arrivals, vp};
    h->vps[vp].ready_since_ns = now;
    int32_t i = h->ready_count++;
    while (i > 0 && before(item, h->ready[(i - 1) / 2])) {
        h->ready[i] = h->ready[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h->ready[i] = item;
}

static inline int32_t take_ready(Host *h)
{
    Ready *a = h->ready;
    const int32_t first = a[0].vp, n = --h->ready_count;
    const Ready item = a[n];
    int32_t i = 0, child;
    while ((child = 2 * i + 1) < n) {
        child += child + 1 < n && before(a[child + 1], a[child]);
        if (!before(a[child], item))
            break;
        a[i] = a[child];
        i = child;
    }
    a[i] = item;
    return first;
}

static inline void start_burst(Host *h, int32_t lp, int64_t work_from_ns)
{
    Lp *p = &h->lps[lp];
    const int64_t burst_end_ns = work_from_ns + h->threads[h->vps[p->vp].thread].remaining_ns;
    p->work_from_ns = work_from_ns;
    timer_set(h, burst_end_ns < p->slice_end_ns ? burst_end_ns : p->slice_end_ns, lp);
}

static inline void dispatch(Host *h, int32_t vp, int32_t lp, int64_t now)
{
    Vp *v = &h->vps[vp];
    Lp *p = &h->lps[lp];
    const int other = p->vp != vp;
    if (h->vclock < v->v)
        h->vclock = v->v;
    h->guests[v->guest].waiting_ns += now - v->ready_since_ns;
    h->sum.dispatches++;
    h->sum.switches += other;
    p->vp = vp;
    v->last_lp = lp;
    p->dispatched_ns = now;
    p->slice_end_ns = now + h->set.slice_ns;
    start_burst(h, lp, now + (other ? h->set.switch_ns : 0));
}

static inline void pick(Host *h, int32_t lp, int64_t now)
{
    if (h->ready_count)
        dispatch(h, take_ready(h), lp, now);
    else
        h->idle_lps |= UINT64_C(1) << lp;
}

static inline void charge(Host *h, const Lp *p, int64_t now)
{
    Vp *v = &h->vps[p->vp];
    const int64_t used_ns = now - p->dispatched_ns;
    v->v += used_ns * CHARGE_SCALE / h->guests[v->guest].weight;
    h->sum.busy_ns += used_ns;
}

static inline void thread_wakes(Host *h, int32_t thread, int64_t now, int own_draws)
{
    Thread *t = &h->threads[thread];
    Guest *g = &h->guests[t->guest];
    t->started_ns = now;
    t->remaining_ns = own_draws ? exponential_ns(h->set.rng, h->set.mean_cpu_ns) : *t->cpu_ns++;
    if (!g->idle_vps) {
        t->next_in_queue = NOBODY;
        if (g->queue_head == NOBODY)
            g->queue_head = thread;
        else
            h->threads[g->queue_tail].next_in_queue = thread;
        g->queue_tail = thread;
        return;
    }
    const int32_t vp = g->first_vp + __builtin_ctzll(g->idle_vps);
    Vp *v = &h->vps[vp];
    g->idle_vps &= g->idle_vps - 1;
    v->thread = thread;
    if (v->v < h->vclock)
        v->v = h->vclock;
    if (!h->idle_lps) {
        wait_for_lp(h, vp, now);
        return;
    }
    const int keeps = v->last_lp != NOBODY && h->idle_lps >> v->last_lp & 1;
    const int32_t lp = keeps ? v->last_lp : __builtin_ctzll(h->idle_lps);
    h->idle_lps &= ~(UINT64_C(1) << lp);
    v->ready_since_ns = now;
    dispatch(h, vp, lp, now);
}

static inline void finish(Host *h, int32_t thread, int64_t now, int own_draws)
{
    Thread *t = &h->threads[thread];
    Guest *g = &h->guests[t->guest];
    g->completed++;
    g->response_ns += now - t->started_ns;
    timer_set(h, now + next_think_ns(h, t, own_draws), (int32_t)h->set.lps + thread);
}

static inline void lp_fires(Host *h, int32_t lp, int64_t now, int own_draws)
{
    Lp *p = &h->lps[lp];
    Vp *v = &h->vps[p->vp];
    Guest *g = &h->guests[v->guest];
    const int64_t left_ns = h->threads[v->thread].remaining_ns - (now - p->work_from_ns);
    if (left_ns > 0) {
        h->threads[v->thread].remaining_ns = left_ns;
    } else {
        finish(h, v->thread, now, own_draws);
        v->thread = g->queue_head;
        if (v->thread == NOBODY) {
            charge(h, p, now);
            g->idle_vps |= UINT64_C(1) << (p->vp - g->first_vp);
            pick(h, lp, now);
            return;
        }
        g->queue_head = h->threads[v->thread].next_in_queue;
        if (p->slice_end_ns > now) {
            start_burst(h, lp, now);
            return;
        }
    }
    charge(h, p, now);
    wait_for_lp(h, p->vp, now);
    pick(h, lp, now);
}

static inline __attribute__((always_inline)) void event_loop(Host *h, int own_draws)
{
    const int32_t lps = (int32_t)h->set.lps;
    for (;;) {
        const int64_t now = (int64_t)(h->timers[0] >> RANK_BITS);
        const int32_t rank = (int32_t)(h->timers[0] & ((1 << RANK_BITS) - 1));
        if (now >= h->set.horizon_ns)
            return;
        h->sum.events++;
        h->root_is_free = 1;
        if (rank < lps)
            lp_fires(h, rank, now, own_draws);
        else
            thread_wakes(h, rank - lps, now, own_draws);
        timer_close_root(h);
    }
}

static void start(Host *h, const int64_t *weights, const int64_t *think_ns, const int64_t *cpu_ns)
{
    const Setting *s = &h->set;
    const int32_t vps_each = (int32_t)s->vps_per_guest;
    const int32_t threads_each = (int32_t)s->threads_per_guest;
    h->idle_lps = ~UINT64_C(0) >> (MAX_MASK - s->lps);
    for (int32_t lp = 0; lp < s->lps; lp++)
        h->lps[lp].vp = NOBODY;
    for (int32_t g = 0; g < s->guests; g++) {
        h->guests[g] = (Guest){.weight = weights[g], .first_vp = g * vps_each,
                               .idle_vps = ~UINT64_C(0) >> (MAX_MASK - vps_each),
                               .queue_head = NOBODY, .queue_tail = NOBODY};
        for (int32_t i = 0; i < vps_each; i++)
            h->vps[g * vps_each + i] = (Vp){.guest = g, .thread = NOBODY, .last_lp = NOBODY};
        for (int32_t i = 0; i < threads_each; i++) {
            const int32_t t = g * threads_each + i;
            h->threads[t] = (Thread){.guest = g, .next_in_queue = NOBODY};
            if (think_ns) {
                h->threads[t].think_ns = think_ns + t * s->requests;
                h->threads[t].cpu_ns = cpu_ns + t * s->requests;
            }
            timer_set(h, next_think_ns(h, &h->threads[t], !think_ns), (int32_t)s->lps + t);
        }
    }
}

/* `per_guest`: completed, response_ns, waiting_ns, each of all guests. No tables: own draws. */
int simulate(const Setting *set, const int64_t *weights, const int64_t *think_ns,
             const int64_t *cpu_ns, Totals *totals, int64_t *per_guest)
{
    const int64_t vps = set->guests * set->vps_per_guest;
    const int64_t threads = set->guests * set->threads_per_guest;
    if (set->lps > MAX_MASK || set->vps_per_guest > MAX_MASK ||
        set->lps + threads >= INT64_C(1) << RANK_BITS || set->horizon_ns >> (62 - RANK_BITS))
        return TOO_LARGE;
    Host h = {.set = *set};
    h.timers = calloc((size_t)(set->lps + threads), sizeof *h.timers);
    h.ready = calloc((size_t)vps, sizeof *h.ready);
    h.guests = calloc((size_t)set->guests, sizeof *h.guests);
    h.threads = calloc((size_t)threads, sizeof *h.threads);
    h.vps = calloc((size_t)vps, sizeof *h.vps);
    h.lps = calloc((size_t)set->lps, sizeof *h.lps);
    const int ready = h.timers && h.ready && h.guests && h.threads && h.vps && h.lps;
    if (ready) {
        start(&h, weights, think_ns, cpu_ns);
        if (think_ns)
            event_loop(&h, 0);
        else
            event_loop(&h, 1);
        *totals = h.sum;
        for (int64_t g = 0; g < set->guests; g++) {
            per_guest[g] = h.guests[g].completed;
            per_guest[set->guests + g] = h.guests[g].response_ns;
            per_guest[2 * set->guests + g] = h.guests[g].waiting_ns;
        }
    }
    free(h.timers), free(h.ready), free(h.guests), free(h.threads), free(h.vps), free(h.lps);
    return ready ? OK : NO_MEMORY;
}
