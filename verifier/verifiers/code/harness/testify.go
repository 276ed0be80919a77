type judgedT struct {
	failed, skipped bool
	name            string
	late            []func()
}
type judgedStop struct{ t *judgedT }
type judgedB struct {
	judgedT
	N int
}
type judgedM struct{}
type judgedF struct{ judgedT }
type judgedTB interface {
	Cleanup(func())
	Error(...any)
	Errorf(string, ...any)
	Fail()
	FailNow()
	Failed() bool
	Fatal(...any)
	Fatalf(string, ...any)
	Helper()
	Log(...any)
	Logf(string, ...any)
	Name() string
	Setenv(string, string)
	Skip(...any)
	SkipNow()
	Skipf(string, ...any)
	Skipped() bool
}

func (t *judgedT) Run(name string, f func(*judgedT)) bool {
	inner := &judgedT{name: strings.TrimPrefix(t.name+"/"+name, "/")}
	func() {
		defer func() {
			for at := len(inner.late) - 1; at >= 0; at-- {
				inner.late[at]()
			}
		}()
		defer func() {
			if found := recover(); found != nil {
				if stop, _ := found.(judgedStop); stop.t != inner {
					panic(found)
				}
			}
		}()
		f(inner)
	}()
	t.failed = t.failed || inner.failed
	return !inner.failed
}
func (t *judgedT) Fail()                             { t.failed = true }
func (t *judgedT) FailNow()                          { t.failed = true; panic(judgedStop{t}) }
func (t *judgedT) Failed() bool                      { return t.failed }
func (t *judgedT) Log(args ...any)                   { fmt.Fprintln(os.Stderr, args...) }
func (t *judgedT) Logf(format string, args ...any)   { fmt.Fprintf(os.Stderr, format+"\n", args...) }
func (t *judgedT) Error(args ...any)                 { t.Log(args...); t.Fail() }
func (t *judgedT) Errorf(format string, args ...any) { t.Logf(format, args...); t.Fail() }
func (t *judgedT) Fatal(args ...any)                 { t.Log(args...); t.FailNow() }
func (t *judgedT) Fatalf(format string, args ...any) { t.Logf(format, args...); t.FailNow() }
func (t *judgedT) Helper()                           {}
func (t *judgedT) Parallel()                         {}
func (t *judgedT) Name() string                      { return t.name }
func (t *judgedT) Cleanup(f func())                  { t.late = append(t.late, f) }
func (t *judgedT) Skip(args ...any)                  { t.SkipNow() }
func (t *judgedT) Skipf(format string, args ...any)  { t.SkipNow() }
func (t *judgedT) SkipNow()                          { t.skipped = true; panic(judgedStop{t}) }
func (t *judgedT) Skipped() bool                     { return t.skipped }
func (t *judgedT) Setenv(key, value string)          { os.Setenv(key, value) }
func (b *judgedB) ResetTimer()                       {}
func (b *judgedB) StartTimer()                       {}
func (b *judgedB) StopTimer()                        {}
func (b *judgedB) ReportAllocs()                     {}
func (b *judgedB) SetBytes(n int64)                  {}
func (b *judgedB) ReportMetric(n float64, u string)  {}
func (b *judgedB) Run(name string, f func(*judgedB)) bool {
	return true
}
func (f *judgedF) Add(seeds ...any) {}
func (f *judgedF) Fuzz(with any)    {}
func (m *judgedM) Run() int          { return 0 }
func judgedShort() bool   { return true }
func judgedVerbose() bool { return false }

//testify
type judgedAssertions struct {
	t    *judgedT
	stop bool
}
type judgedPackage struct{ stop bool }

var assert, require = judgedPackage{false}, judgedPackage{true}

func (p judgedPackage) New(t *judgedT) judgedAssertions { return judgedAssertions{t, p.stop} }

func (a judgedAssertions) judged(right bool, format string, args ...any) bool {
	if !right {
		a.t.Errorf(format, args...)
		if a.stop {
			a.t.FailNow()
		}
	}
	return right
}
func judgedNumber(v any) (float64, bool) {
	found := reflect.ValueOf(v)
	switch {
	case !found.IsValid():
		return 0, false
	case found.CanInt():
		return float64(found.Int()), true
	case found.CanUint():
		return float64(found.Uint()), true
	case found.CanFloat():
		return found.Float(), true
	}
	return 0, false
}
func judgedEmpty(v any) bool {
	found := reflect.ValueOf(v)
	if !found.IsValid() {
		return true
	}
	switch found.Kind() {
	case reflect.Slice, reflect.Map, reflect.Chan, reflect.String, reflect.Array:
		return found.Len() == 0
	}
	return found.IsZero()
}
func judgedNil(v any) bool {
	found := reflect.ValueOf(v)
	if !found.IsValid() {
		return true
	}
	switch found.Kind() {
	case reflect.Slice, reflect.Map, reflect.Chan, reflect.Func, reflect.Interface, reflect.Pointer:
		return found.IsNil()
	}
	return false
}
func judgedIn(list, item any) bool {
	found := reflect.ValueOf(list)
	switch found.Kind() {
	case reflect.String:
		part, isText := item.(string)
		return isText && strings.Contains(found.String(), part)
	case reflect.Map:
		for _, key := range found.MapKeys() {
			if reflect.DeepEqual(key.Interface(), item) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for at := 0; at < found.Len(); at++ {
			if reflect.DeepEqual(found.Index(at).Interface(), item) {
				return true
			}
		}
	}
	return false
}
func judgedSame(want, got any) bool {
	if reflect.DeepEqual(want, got) {
		return true
	}
	left, right := reflect.ValueOf(want), reflect.ValueOf(got)
	return left.IsValid() && right.IsValid() && right.CanConvert(left.Type()) && left.CanConvert(right.Type()) &&
		reflect.DeepEqual(want, right.Convert(left.Type()).Interface())
}
func judgedElements(want, got any) bool {
	left, right := reflect.ValueOf(want), reflect.ValueOf(got)
	if judgedEmpty(want) && judgedEmpty(got) {
		return true
	}
	if left.Len() != right.Len() {
		return false
	}
	used := make([]bool, right.Len())
	for i := 0; i < left.Len(); i++ {
		found := false
		for j := 0; j < right.Len() && !found; j++ {
			if !used[j] && reflect.DeepEqual(left.Index(i).Interface(), right.Index(j).Interface()) {
				used[j], found = true, true
			}
		}
		if !found {
			return false
		}
	}
	return true
}
func judgedPanics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return
}
func (a judgedAssertions) Equal(want, got any, told ...any) bool {
	return a.judged(reflect.DeepEqual(want, got), "want %#v, got %#v", want, got)
}
func (a judgedAssertions) Exactly(want, got any, told ...any) bool { return a.Equal(want, got) }
func (a judgedAssertions) EqualValues(want, got any, told ...any) bool {
	return a.judged(judgedSame(want, got), "want %#v, got %#v", want, got)
}
func (a judgedAssertions) NotEqual(want, got any, told ...any) bool {
	return a.judged(!reflect.DeepEqual(want, got), "both are %#v", got)
}
func (a judgedAssertions) True(got bool, told ...any) bool  { return a.judged(got, "not true") }
func (a judgedAssertions) False(got bool, told ...any) bool { return a.judged(!got, "not false") }
func (a judgedAssertions) Nil(got any, told ...any) bool {
	return a.judged(judgedNil(got), "%#v is not nil", got)
}
func (a judgedAssertions) NotNil(got any, told ...any) bool { return a.judged(!judgedNil(got), "it is nil") }
func (a judgedAssertions) Empty(got any, told ...any) bool {
	return a.judged(judgedEmpty(got), "%#v is not empty", got)
}
func (a judgedAssertions) NotEmpty(got any, told ...any) bool {
	return a.judged(!judgedEmpty(got), "%#v is empty", got)
}
func (a judgedAssertions) Zero(got any, told ...any) bool {
	return a.judged(got == nil || reflect.ValueOf(got).IsZero(), "%#v is not zero", got)
}
func (a judgedAssertions) Len(got any, size int, told ...any) bool {
	return a.judged(reflect.ValueOf(got).Len() == size, "want %d elements, got %#v", size, got)
}
func (a judgedAssertions) Contains(list, item any, told ...any) bool {
	return a.judged(judgedIn(list, item), "%#v is not in %#v", item, list)
}
func (a judgedAssertions) NotContains(list, item any, told ...any) bool {
	return a.judged(!judgedIn(list, item), "%#v is in %#v", item, list)
}
func (a judgedAssertions) ElementsMatch(want, got any, told ...any) bool {
	return a.judged(judgedElements(want, got), "want %#v in any order, got %#v", want, got)
}
func (a judgedAssertions) InDelta(want, got any, delta float64, told ...any) bool {
	left, known := judgedNumber(want)
	right, also := judgedNumber(got)
	return a.judged(known && also && math.Abs(left-right) <= delta, "want %v within %v, got %v", want, delta, got)
}
func (a judgedAssertions) InEpsilon(want, got any, epsilon float64, told ...any) bool {
	left, known := judgedNumber(want)
	right, also := judgedNumber(got)
	return a.judged(known && also && math.Abs(left-right) <= epsilon*math.Abs(left), "want %v, got %v", want, got)
}
func (a judgedAssertions) InDeltaSlice(want, got any, delta float64, told ...any) bool {
	left, right := reflect.ValueOf(want), reflect.ValueOf(got)
	if left.Len() != right.Len() {
		return a.judged(false, "want %v, got %v", want, got)
	}
	for at := 0; at < left.Len(); at++ {
		if !a.InDelta(left.Index(at).Interface(), right.Index(at).Interface(), delta) {
			return false
		}
	}
	return true
}
func (a judgedAssertions) Greater(one, other any, told ...any) bool {
	left, known := judgedNumber(one)
	right, also := judgedNumber(other)
	return a.judged(known && also && left > right, "%v is not greater than %v", one, other)
}
func (a judgedAssertions) GreaterOrEqual(one, other any, told ...any) bool {
	left, known := judgedNumber(one)
	right, also := judgedNumber(other)
	return a.judged(known && also && left >= right, "%v is less than %v", one, other)
}
func (a judgedAssertions) Less(one, other any, told ...any) bool { return a.Greater(other, one) }
func (a judgedAssertions) LessOrEqual(one, other any, told ...any) bool {
	return a.GreaterOrEqual(other, one)
}
func (a judgedAssertions) NoError(problem error, told ...any) bool {
	return a.judged(problem == nil, "an error: %v", problem)
}
func (a judgedAssertions) Error(problem error, told ...any) bool {
	return a.judged(problem != nil, "no error")
}
func (a judgedAssertions) EqualError(problem error, want string, told ...any) bool {
	return a.judged(problem != nil && problem.Error() == want, "want the error %q, got %v", want, problem)
}
func (a judgedAssertions) Panics(f func(), told ...any) bool {
	return a.judged(judgedPanics(f), "no panic")
}
func (a judgedAssertions) NotPanics(f func(), told ...any) bool {
	return a.judged(!judgedPanics(f), "a panic")
}
