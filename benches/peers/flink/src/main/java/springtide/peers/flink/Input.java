package springtide.peers.flink;

import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;
import springtide.peers.Event;
import springtide.peers.Profile;

/** An event that a rule reads, on its way to its account. */
final class Input {
    static final TypeInformation<Input> TYPE = new CompactType<>(Input.class, new Serializer());

    String account;
    Event event = new Event();

    /** Writes a profile's fields. */
    static void write(Profile profile, DataOutputView out) throws IOException {
        out.writeDouble(profile.mrr);
        out.writeDouble(profile.healthScore);
        out.writeLong(profile.firstValueAt);
        out.writeLong(profile.renewalAt);
        out.writeLong(profile.lastExpansionAt);
        out.writeByte(profile.champion);
        Compact.writeLongs(profile.buyerDepartments, out);
    }

    /** Reads what {@link #write} wrote. */
    static Profile readProfile(DataInputView in) throws IOException {
        Profile profile = new Profile();
        profile.mrr = in.readDouble();
        profile.healthScore = in.readDouble();
        profile.firstValueAt = in.readLong();
        profile.renewalAt = in.readLong();
        profile.lastExpansionAt = in.readLong();
        profile.champion = in.readByte();
        profile.buyerDepartments = Compact.readLongs(in);
        return profile;
    }

    /** Writes and reads an {@link Input}. */
    static final class Serializer extends Compact<Input> {
        private static final long serialVersionUID = 1;
        private static final Event.Kind[] KINDS = Event.Kind.values();

        @Override
        public Input copy(Input from) {
            Input copy = new Input();
            copy.account = from.account;
            copy.event.kind = from.event.kind;
            copy.event.at = from.event.at;
            copy.event.id = from.event.id;
            copy.event.department = from.event.department;
            copy.event.profile = from.event.profile;
            return copy;
        }

        @Override
        public void serialize(Input input, DataOutputView out) throws IOException {
            Event event = input.event;
            StringValue.writeString(input.account, out);
            out.writeByte(event.kind.ordinal());
            out.writeLong(event.at);
            switch (event.kind) {
                case PROFILE -> write(event.profile, out);
                case SEATS_90 -> { }
                case USER_INVITED -> out.writeLong(event.id);
                case JOB_POSTED -> {
                    out.writeLong(event.id);
                    out.writeLong(event.department);
                }
                case EXECUTIVE_HIRED -> out.writeLong(event.department);
            }
        }

        @Override
        public Input deserialize(DataInputView in) throws IOException {
            Input input = new Input();
            Event event = input.event;
            input.account = StringValue.readString(in);
            event.kind = KINDS[in.readByte()];
            event.at = in.readLong();
            switch (event.kind) {
                case PROFILE -> event.profile = readProfile(in);
                case SEATS_90 -> { }
                case USER_INVITED -> event.id = in.readLong();
                case JOB_POSTED -> {
                    event.id = in.readLong();
                    event.department = in.readLong();
                }
                case EXECUTIVE_HIRED -> event.department = in.readLong();
            }
            return input;
        }

        @Override
        public TypeSerializerSnapshot<Input> snapshotConfiguration() {
            return new Snapshot();
        }
    }

    /** Says that the serializer is always the same. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Input> {
        /** For Flink. */
        public Snapshot() {
            super(Serializer::new);
        }
    }
}
