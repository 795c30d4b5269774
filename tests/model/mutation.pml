/* The life of a mutation, from an app's call to its end, as the engine leads it (daemon/doors,
 * daemon/sync): what is durable, what a crash takes, what the network loses or delivers late, and
 * what the engine concludes. Two documents (lanes) with two mutations each:
 *
 *   lane 0:  0 a create, 1 an update of what it makes       lane 1:  2 and 3, updates
 *
 * One of mutations 0 and 2, or none, is a poison, which the server refuses whenever it is asked.
 *
 * The backend and the configuration, one of:
 *   LEDGER     the server remembers mutation ids; whatever went unanswered is sent again
 *   VERIFY     no ledger, ids made by the server; a create that went unanswered waits for a list
 *   HOLD       the same, and a person decides
 *   CLIENT_ID  no ledger, but a second create of one id is refused; creates are sent again
 *
 * Time is not modelled: where the engine waits until an attempt can no longer be under way at the
 * server (server_time_max), the model waits until it no longer is.
 *
 * Assertions (safety): what was answered is on disk whatever crashes; mutations of a lane take
 * effect in order; confirmed means applied, refused means not applied, then and later; a create,
 * and with a ledger every mutation, takes effect once; a mutation ends once.
 * Claims (liveness, weak fairness): `settles`: every mutation ends. `no_lane_waits` (NO_PERSON:
 * nobody ever looks after what is held): lane 1 ends, whatever becomes of lane 0.
 *
 * Each macro of the following breaks the engine in one place, and must be found out (check.sh):
 *   ACK_EARLY       a call is answered before its commit
 *   MARK_LOST       an attempt leaves without a durable sent mark
 *   NO_DEDUP        the server's ledger forgets
 *   REORDER         a lane goes on before its head has settled
 *   ECHO_IGNORED    a lane goes on while an unanswered attempt of its last head may still arrive
 *   FORGET_AMBIGUOUS  an unanswered attempt is taken for a success
 *   TRUST_REFUSAL   a refusal after an unanswered attempt is believed
 *   EARLY_PROOF     a list proves absence although an attempt may still be under way
 *   DROP_ON_RETRY   a mutation that the server has no time for is dropped
 *   POISON_BLOCKS   nothing is sent while a refused mutation has not been looked at
 *   POISON_RETRIED  a refused mutation is tried again for ever
 *   NO_LIST         nobody asks for the list that a create waits for
 *   MARK_FORGOTTEN  an open sent mark is not looked at after a crash
 */

#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOSSES
#define LOSSES 2
#endif
#ifndef RETRIES
#define RETRIES 1
#endif

#define N 4
/* The calls that are made; others count as ended. */
#ifndef FROM
#define FROM 0
#endif
#ifndef TO
#define TO N
#endif
#define LANES 2
#define LANE(m) ((m) / 2)
#define IS_CREATE(m) ((m) == 0)
#define FIRST(l) (2 * (l))

/* ---- On disk ---- */

/* REFUSED: the call was refused, for there was no such document. */
mtype = { NEW, LOGGED, CONFIRMED, REJECTED, DISCARDED, REFUSED };
mtype state[N] = NEW;
bool open[N];       /* An attempt was marked as sent, and no outcome is recorded. */
bool unanswered[N]; /* Some attempt went unanswered. */
mtype = { FREE, FOR_LIST, FOR_PERSON, FOR_CREATE };
mtype hold[N] = FREE;

/* ---- In the daemon's memory: a crash takes it ---- */

bool queued[N];   /* Waits for the writer. */
bool answering[N];
mtype = { READY, MARKED, IN_FLIGHT, MERGING };
mtype phase[LANES] = READY;
byte head[LANES];
mtype = { NOTHING, OK, NO, LATER, UNKNOWN };
mtype verdict[LANES] = NOTHING;
mtype = { IDLE, ASKED, READ };
mtype list = IDLE;
byte listed;      /* The create that the list is asked for. */
bool proof;       /* The list was asked for so late that absence is proof. */
bool seen;        /* It shows the document. */

/* ---- The network and the server ---- */

mtype = { NONE, SENT, SAYS_OK, SAYS_NO, SAYS_LATER, LOST };
mtype request[N] = NONE;  /* The attempt that the engine waits for. */
byte late[N];             /* Attempts that it no longer waits for, and that may still arrive. */
byte applied[N];
byte newest[LANES];       /* One more than the newest mutation that took effect; 0: none. */
byte poison;              /* N: none. */

/* ---- The app ---- */

bool answered[N];

byte crashes;
byte losses;
byte retries;

#define ENDED(m) (state[m] == CONFIRMED || state[m] == REJECTED || state[m] == DISCARDED || \
                  state[m] == REFUSED)

#ifndef NO_PERSON
ltl settles { <> (ENDED(0) && ENDED(1) && ENDED(2) && ENDED(3)) }
#else
ltl no_lane_waits { <> (ENDED(2) && ENDED(3)) }
#endif

/* A mutation leaves the outbox. What is no longer there is left as it is. */
inline settle(m, how) {
  if
  :: state[m] == LOGGED ->
    state[m] = how; open[m] = false; hold[m] = FREE;
    assert(how != CONFIRMED || applied[m] > 0);
    assert(how != REJECTED || applied[m] == 0);
  :: else
  fi
}

/* The server carries a request out, or does not; what it says is in `says`. */
inline execute(m, says) {
  if
  :: m == poison -> says = SAYS_NO
#ifdef CLIENT_ID
  :: m != poison && IS_CREATE(m) && applied[m] > 0 -> says = SAYS_NO
#endif
#if defined(LEDGER) && !defined(NO_DEDUP)
  :: m != poison && newest[LANE(m)] > m -> says = SAYS_OK  /* It was applied before. */
#endif
  :: else ->
    assert(state[m] != REJECTED && state[m] != REFUSED);
    assert(newest[LANE(m)] <= m + 1);  /* Nothing later of its lane took effect before. */
#ifndef LEDGER
    assert(!IS_CREATE(m) || applied[m] == 0);
    /* An update may take effect twice: it is idempotent, and nothing came between. */
    applied[m] = 1;
#else
    assert(applied[m] == 0);
    applied[m] = 1;
#endif
    newest[LANE(m)] = m + 1;
    says = SAYS_OK
  fi
}

/* The mutation that the lane works on; N: none. */
#ifndef REORDER
#define HEAD(l) \
  (state[FIRST(l)] == LOGGED -> FIRST(l) : \
  (state[FIRST(l)] != NEW && state[FIRST(l) + 1] == LOGGED -> FIRST(l) + 1 : N))
#else
#define HEAD(l) \
  (state[FIRST(l) + 1] == LOGGED -> FIRST(l) + 1 : \
  (state[FIRST(l)] == LOGGED -> FIRST(l) : N))
#endif

#ifdef ECHO_IGNORED
#define ECHOES(m) false
#else
/* An unanswered attempt of an earlier mutation of the document may still arrive. */
#define ECHOES(m) ((m) % 2 == 1 && late[(m) - 1] > 0)
#endif

#ifdef POISON_BLOCKS
#define BLOCKED (state[0] == REJECTED && state[1] == LOGGED)
#else
#define BLOCKED false
#endif

#ifdef MARK_FORGOTTEN
#define INTERRUPTED(m) false
#define MAY_GO(m) (hold[m] == FREE)
#else
#define INTERRUPTED(m) open[m]
#define MAY_GO(m) (hold[m] == FREE && !open[m])
#endif

/* What becomes of the head after an attempt (sync/verdict.cc), recorded in one commit. */
inline record(m, l) {
  if
  :: verdict[l] == OK -> settle(m, CONFIRMED)
  :: verdict[l] == LATER ->
#ifdef DROP_ON_RETRY
    state[m] = NEW;
#endif
    open[m] = false
  :: verdict[l] == NO ->
    if
#ifndef TRUST_REFUSAL
    :: IS_CREATE(m) && unanswered[m] -> open[m] = false; hold[m] = FOR_LIST
    :: !(IS_CREATE(m) && unanswered[m]) ->
#else
    :: true ->
#endif
#ifdef POISON_RETRIED
      open[m] = false
#else
      settle(m, REJECTED);
      if
      :: IS_CREATE(m) && state[m + 1] == LOGGED -> hold[m + 1] = FOR_CREATE
      :: else
      fi
#endif
    fi
  :: verdict[l] == UNKNOWN ->
#ifdef FORGET_AMBIGUOUS
    settle(m, CONFIRMED)
#else
    open[m] = false; unanswered[m] = true;
    if
    :: !IS_CREATE(m)
    :: IS_CREATE(m) ->
#ifdef VERIFY
      hold[m] = FOR_LIST
#endif
#ifdef HOLD
      hold[m] = FOR_PERSON
#endif
#if defined(LEDGER) || defined(CLIENT_ID)
      skip
#endif
    fi
#endif
  fi
}

/* One lane: look, mark, send, wait, record; each step by itself, a crash may fall between any. */
proctype Lane(byte l) {
end:
  do
  :: atomic { phase[l] == READY && HEAD(l) != N && INTERRUPTED(HEAD(l)) ->
      head[l] = HEAD(l); verdict[l] = UNKNOWN; phase[l] = MERGING
    }
  :: atomic { phase[l] == READY && HEAD(l) != N && MAY_GO(HEAD(l)) && !ECHOES(HEAD(l)) && !BLOCKED ->
      head[l] = HEAD(l);
#ifndef MARK_LOST
      unanswered[head[l]] = unanswered[head[l]] || open[head[l]];
      open[head[l]] = true;
#endif
      phase[l] = MARKED
    }
  :: atomic { phase[l] == MARKED -> request[head[l]] = SENT; phase[l] = IN_FLIGHT }
  :: atomic { phase[l] == IN_FLIGHT && request[head[l]] != SENT ->
      if
      :: request[head[l]] == SAYS_OK -> verdict[l] = OK
      :: request[head[l]] == SAYS_NO -> verdict[l] = NO
      :: request[head[l]] == SAYS_LATER -> verdict[l] = LATER
      :: request[head[l]] == LOST -> verdict[l] = UNKNOWN
      fi;
      request[head[l]] = NONE; phase[l] = MERGING
    }
  :: atomic { phase[l] == MERGING ->
      record(head[l], l); verdict[l] = NOTHING; phase[l] = READY; head[l] = 0
    }
  od
}

/* Lists: asked for while a create waits for one. */
proctype Puller() {
end:
  do
#ifndef NO_LIST
  :: atomic { list == IDLE && state[0] == LOGGED && hold[0] == FOR_LIST ->
      listed = 0;
#ifdef EARLY_PROOF
      proof = true;
#else
      proof = late[0] == 0;
#endif
      list = ASKED
    }
#endif
  :: atomic { list == ASKED -> seen = applied[listed] > 0; list = READ }
  :: atomic { list == READ ->
      if
      :: hold[listed] == FOR_LIST && seen -> settle(listed, CONFIRMED)
      :: hold[listed] == FOR_LIST && !seen && proof ->
        hold[listed] = FREE; unanswered[listed] = false
      :: else
      fi;
      list = IDLE; proof = false; seen = false
    }
  od
}

/* Looks after what is held, some time: asks the server first. */
proctype Person() {
end:
  do
  :: atomic { state[1] == LOGGED && hold[1] == FOR_CREATE -> settle(1, DISCARDED) }
  :: atomic { state[0] == LOGGED && hold[0] == FOR_PERSON && late[0] == 0 ->
      if
      :: applied[0] > 0 -> settle(0, DISCARDED)
      :: else -> hold[0] = FREE; unanswered[0] = false
      fi
    }
  od
}

proctype Server() {
  byte m;
end:
  do
  :: atomic { request[0] == SENT || request[1] == SENT || request[2] == SENT || request[3] == SENT ->
      if
      :: request[0] == SENT -> m = 0
      :: request[1] == SENT -> m = 1
      :: request[2] == SENT -> m = 2
      :: request[3] == SENT -> m = 3
      fi;
      if
      :: retries > 0 -> retries--; request[m] = SAYS_LATER
      :: true -> execute(m, request[m])
      fi;
      m = 0
    }
  :: atomic { late[0] > 0 || late[1] > 0 || late[2] > 0 || late[3] > 0 ->
      if
      :: late[0] > 0 -> m = 0
      :: late[1] > 0 -> m = 1
      :: late[2] > 0 -> m = 2
      :: late[3] > 0 -> m = 3
      fi;
      mtype unheard = NONE;
      late[m]--;
      if
      :: execute(m, unheard); unheard = NONE
      :: true  /* It never arrives. */
      fi;
      m = 0
    }
  od
}

/* The attempt is no longer waited for; if it has not arrived it still may. */
inline cut(m) {
  if
  :: request[m] == SENT -> late[m]++
  :: request[m] == SENT
  :: request[m] != SENT
  fi
}

#define UNDER_WAY(m) (request[m] != NONE && request[m] != LOST)

proctype Network() {
  byte m;
end:
  do
  :: atomic { losses > 0 && (UNDER_WAY(0) || UNDER_WAY(1) || UNDER_WAY(2) || UNDER_WAY(3)) ->
      if
      :: UNDER_WAY(0) -> m = 0
      :: UNDER_WAY(1) -> m = 1
      :: UNDER_WAY(2) -> m = 2
      :: UNDER_WAY(3) -> m = 3
      fi;
      losses--; cut(m); request[m] = LOST; m = 0
    }
  od
}

proctype Crash() {
  byte m;
end:
  do
  :: atomic { crashes > 0 ->
      crashes--;
      for (m : 0 .. N - 1) {
        assert(!answered[m] || (state[m] != NEW));
        if
        :: request[m] != NONE -> cut(m); request[m] = NONE
        :: else
        fi;
        queued[m] = false; answering[m] = false
      }
      for (m : 0 .. LANES - 1) {
        phase[m] = READY; verdict[m] = NOTHING; head[m] = 0
      }
      list = IDLE; proof = false; seen = false;
      m = 0
    }
  od
}

/* The commit door: takes what waits, and answers when it is on disk. */
proctype Writer() {
  byte m;
end:
  do
  :: atomic { queued[0] || queued[1] || queued[2] || queued[3] ->
      if
      :: queued[0] -> m = 0
      :: queued[1] -> m = 1
      :: queued[2] -> m = 2
      :: queued[3] -> m = 3
      fi;
      queued[m] = false;
      if
      :: state[m] == NEW && m == 1 && state[0] == REJECTED -> state[m] = REFUSED
      :: state[m] == NEW && !(m == 1 && state[0] == REJECTED) -> state[m] = LOGGED
      :: else  /* The call is repeated. */
      fi;
      answering[m] = true; m = 0
    }
  od
}

/* Calls in order; one that was cut off is repeated with the same mutation id. */
proctype App() {
  byte m = FROM;
  do
  :: atomic { m < TO && !queued[m] && !answering[m] ->
      queued[m] = true;
#ifdef ACK_EARLY
      answering[m] = true
#endif
    }
  :: atomic { m < TO && answering[m] -> answering[m] = false; answered[m] = true; m++ }
  :: m == TO -> break
  od
}

init {
  atomic {
    if
    :: poison = 0 :: poison = 2 :: poison = N
    fi;
    /* Fairness makes happen what may happen: a run without crashes is one that had none to begin
     * with. */
    select(crashes : 0 .. CRASHES);
    select(losses : 0 .. LOSSES);
    select(retries : 0 .. RETRIES);
#if FROM > 0
    state[0] = DISCARDED; state[1] = DISCARDED;
#endif
#if TO < N
    state[2] = DISCARDED; state[3] = DISCARDED;
#endif
    run App(); run Writer(); run Lane(0); run Lane(1); run Puller(); run Server(); run Network();
    run Crash();
#ifndef NO_PERSON
    run Person()
#endif
  }
}
