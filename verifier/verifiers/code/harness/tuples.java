class TUPLE_<PARAMETERS_> {
    private final Object[] parts_;
    TUPLE_(Object[] parts_) { this.parts_ = parts_; }
    GETTERS_
    public Object getValue(int at) { return parts_[at]; }
    public int getSize() { return parts_.length; }
    public List<Object> toList() { return new ArrayList<Object>(Arrays.asList(parts_)); }
    @Override public boolean equals(Object other) { return other instanceof TUPLE_ && Arrays.equals(parts_, ((TUPLE_<ANY_>) other).parts_); }
    @Override public int hashCode() { return Arrays.hashCode(parts_); }
    @Override public String toString() { return Arrays.toString(parts_); }
}
