package springtide.peers.flink;

import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;
import springtide.peers.Play;
import springtide.peers.Profile;

/**
 * What the stages of {@link CepForm} tell each other of an account at an instant: signals, as bits of {@link Play}; that
 * both sides of the play have one in the window; or a new profile.
 */
record Fact(String account, long at, int signals, boolean converges, Profile profile) {
    static final TypeInformation<Fact> TYPE = new CompactType<>(Fact.class, new Serializer());

    private static final int CONVERGES = 1 << Play.DETECTORS;
    private static final int PROFILE = CONVERGES << 1;

    static Fact signals(String account, long at, int signals) {
        return new Fact(account, at, signals, false, null);
    }

    static Fact convergence(String account, long at) {
        return new Fact(account, at, 0, true, null);
    }

    static Fact profile(String account, long at, Profile profile) {
        return new Fact(account, at, 0, false, profile);
    }

    boolean product() {
        return (signals & Play.PRODUCT) != 0;
    }

    boolean business() {
        return (signals & Play.BUSINESS) != 0;
    }

    /** Writes and reads a {@link Fact}. */
    static final class Serializer extends Compact<Fact> {
        private static final long serialVersionUID = 1;

        @Override
        public boolean isImmutableType() {
            return true;
        }

        @Override
        public Fact copy(Fact from) {
            return from;
        }

        @Override
        public void serialize(Fact fact, DataOutputView out) throws IOException {
            StringValue.writeString(fact.account, out);
            out.writeLong(fact.at);
            out.writeByte(fact.signals | (fact.converges ? CONVERGES : 0) | (fact.profile != null ? PROFILE : 0));
            if (fact.profile != null) {
                Input.write(fact.profile, out);
            }
        }

        @Override
        public Fact deserialize(DataInputView in) throws IOException {
            String account = StringValue.readString(in);
            long at = in.readLong();
            int bits = in.readByte();
            Profile profile = (bits & PROFILE) != 0 ? Input.readProfile(in) : null;
            return new Fact(account, at, bits & (CONVERGES - 1), (bits & CONVERGES) != 0, profile);
        }

        @Override
        public TypeSerializerSnapshot<Fact> snapshotConfiguration() {
            return new Snapshot();
        }
    }

    /** Says that the serializer is always the same. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Fact> {
        /** For Flink. */
        public Snapshot() {
            super(Serializer::new);
        }
    }
}
