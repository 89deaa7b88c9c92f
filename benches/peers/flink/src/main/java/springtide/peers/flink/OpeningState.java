package springtide.peers.flink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import springtide.peers.Opportunity;
import springtide.peers.Play;
import springtide.peers.Profile;

/** The play of one account over the facts of {@link CepForm}. */
final class OpeningState {
    /** The latest signal of each detector. */
    private final long[] last = new long[Play.DETECTORS];
    /** What waits for the watermark, by time. */
    private final List<Fact> held = new ArrayList<>();
    private Profile profile;
    private long openedAt = Profile.NEVER;
    private int evidence;
    private int revision;

    OpeningState() {
        Arrays.fill(last, Profile.NEVER);
    }

    /** Keeps a fact until its time is settled; one convergence an instant is enough. */
    void hold(Fact fact) {
        int place = held.size();
        while (place > 0 && held.get(place - 1).at() > fact.at()) {
            place--;
        }
        for (int i = place; fact.converges() && i > 0 && held.get(i - 1).at() == fact.at(); i--) {
            if (held.get(i - 1).converges()) {
                return;
            }
        }
        held.add(place, fact);
    }

    /** Goes through what is held up to an instant. */
    void settle(long upTo, Consumer<Opportunity> found) {
        int settled = 0;
        while (settled < held.size() && held.get(settled).at() <= upTo) {
            long at = held.get(settled).at();
            int signals = 0;
            boolean converges = false;
            for (; settled < held.size() && held.get(settled).at() == at; settled++) {
                Fact fact = held.get(settled);
                signals |= fact.signals();
                converges |= fact.converges();
                if (fact.profile() != null) {
                    profile = fact.profile();
                    converges |= bothSides(inWindow(at));
                }
            }
            evaluate(at, signals, converges, found);
        }
        held.subList(0, settled).clear();
    }

    private void evaluate(long at, int signals, boolean converges, Consumer<Opportunity> found) {
        for (int detector = 0; detector < last.length; detector++) {
            if ((signals >> detector & 1) == 1) {
                last[detector] = at;
            }
        }
        if (openedAt >= at - Play.WINDOW_MS && (signals & ~evidence) != 0) {
            evidence |= signals;
            revision++;
            emit(at, found);
        }
        boolean cool = openedAt == Profile.NEVER || at - openedAt >= Play.COOLDOWN_MS;
        if (converges && cool && profile != null && profile.gate(at)) {
            openedAt = at;
            evidence = inWindow(at);
            revision = 1;
            emit(at, found);
        }
    }

    private void emit(long at, Consumer<Opportunity> found) {
        found.accept(new Opportunity(openedAt, at, revision, evidence, profile.scoreTenths(at)));
    }

    private int inWindow(long at) {
        int detectors = 0;
        for (int detector = 0; detector < last.length; detector++) {
            if (last[detector] >= at - Play.WINDOW_MS) {
                detectors |= 1 << detector;
            }
        }
        return detectors;
    }

    private static boolean bothSides(int detectors) {
        return (detectors & Play.PRODUCT) != 0 && (detectors & Play.BUSINESS) != 0;
    }

    /** The first instant held that may bring something without another fact, or {@link Profile#NEVER}. */
    long wakeAt() {
        boolean known = openedAt != Profile.NEVER || inWindow(0) != 0;
        for (Fact fact : held) {
            known |= fact.signals() != 0;
            boolean revises = openedAt >= fact.at() - Play.WINDOW_MS && (fact.signals() & ~evidence) != 0;
            if (fact.converges() || revises || fact.profile() != null && known) {
                return fact.at();
            }
        }
        return Profile.NEVER;
    }

    /** Writes and reads an {@link OpeningState}. */
    static final class Serializer extends Compact<OpeningState> {
        private static final long serialVersionUID = 1;
        private static final Fact.Serializer FACTS = new Fact.Serializer();

        @Override
        public OpeningState copy(OpeningState from) {
            OpeningState copy = new OpeningState();
            System.arraycopy(from.last, 0, copy.last, 0, from.last.length);
            copy.held.addAll(from.held);
            copy.profile = from.profile;
            copy.openedAt = from.openedAt;
            copy.evidence = from.evidence;
            copy.revision = from.revision;
            return copy;
        }

        @Override
        public void serialize(OpeningState state, DataOutputView out) throws IOException {
            for (long at : state.last) {
                out.writeLong(at);
            }
            out.writeLong(state.openedAt);
            out.writeByte(state.evidence);
            out.writeInt(state.revision);
            out.writeBoolean(state.profile != null);
            if (state.profile != null) {
                Input.write(state.profile, out);
            }
            out.writeInt(state.held.size());
            for (Fact fact : state.held) {
                FACTS.serialize(fact, out);
            }
        }

        @Override
        public OpeningState deserialize(DataInputView in) throws IOException {
            OpeningState state = new OpeningState();
            for (int detector = 0; detector < state.last.length; detector++) {
                state.last[detector] = in.readLong();
            }
            state.openedAt = in.readLong();
            state.evidence = in.readByte();
            state.revision = in.readInt();
            state.profile = in.readBoolean() ? Input.readProfile(in) : null;
            for (int left = in.readInt(); left > 0; left--) {
                state.held.add(FACTS.deserialize(in));
            }
            return state;
        }

        @Override
        public TypeSerializerSnapshot<OpeningState> snapshotConfiguration() {
            return new Snapshot();
        }
    }

    /** Says that the serializer is always the same. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<OpeningState> {
        /** For Flink. */
        public Snapshot() {
            super(Serializer::new);
        }
    }
}
